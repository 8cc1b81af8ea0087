import { mustBe, type Form } from './form.ts';

/** The tag grammar of the OCI distribution specification. */
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** A version is a tag of the image; `latest` is none, because it does not say which. */
export const version: Form<string> = (value) => {
  if (value === 'latest') return mustBe('a fixed version', value);
  if (typeof value === 'string' && TAG.test(value)) return { value };
  return mustBe('an image tag (letters, digits, "_", "." and "-", at most 128 characters)', value);
};
