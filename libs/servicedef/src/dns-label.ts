import { patternForm } from './form.ts';

/** The name of a service, node, component or route. Upper-cased, two different ones stay different. */
export const dnsLabel = patternForm(
  'a DNS label (a-z, 0-9 and "-", a letter first, at most 63 characters)',
  /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
);
