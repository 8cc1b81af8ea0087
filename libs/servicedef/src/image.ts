import { mustBe, patternForm, type Form } from './form.ts';
import { TAG } from './version.ts';

/** An image as the definition names it. */
export interface ImageReference {
  /** All of it, as written. */
  text: string;
  /** With the registry host, without tag and digest. */
  name: string;
  hasHost: boolean;
  tag: string | undefined;
  digest: string | undefined;
}

// The reference grammar of the OCI distribution specification, in parts.
const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${PATH_PART}(?:/${PATH_PART})*$`);
const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,128}$/;
const LONGEST_NAME = 255;
const LONGEST_REFERENCE = 600;

/** Returns the parts of an image reference, or undefined when it breaks the grammar. */
export function readImageReference(text: string): ImageReference | undefined {
  if (text.length > LONGEST_REFERENCE) return undefined;
  const [tagged = '', digest, ...rest] = text.split('@');
  const colon = tagged.lastIndexOf(':');
  const isTagged = colon > tagged.lastIndexOf('/');
  const name = isTagged ? tagged.slice(0, colon) : tagged;
  const tag = isTagged ? tagged.slice(colon + 1) : undefined;
  const slash = name.indexOf('/');
  const host = name.slice(0, Math.max(slash, 0));
  const hasHost = /[.:]/.test(host) || host === 'localhost';
  const isValid =
    rest.length === 0 &&
    name.length <= LONGEST_NAME &&
    PATH.test(hasHost ? name.slice(slash + 1) : name) &&
    (!hasHost || HOST.test(host)) &&
    (tag === undefined || TAG.test(tag)) &&
    (digest === undefined || DIGEST.test(digest));
  return isValid ? { text, name, hasHost, tag, digest } : undefined;
}

/** A bare name is looked up at the operator's registry. */
export function isBareName({ hasHost, tag, digest }: ImageReference): boolean {
  return !hasHost && tag === undefined && digest === undefined;
}

/** The version an image brings itself: its tag, or else its digest. */
export function pinnedVersion(image: ImageReference | undefined): string | undefined {
  return image?.tag ?? image?.digest;
}

/** A bare name or a full reference. */
export const image: Form<ImageReference> = (value) => {
  const reference = typeof value === 'string' ? readImageReference(value) : undefined;
  if (!reference) {
    return mustBe('an image: a name like "web", or a reference like "registry.example/web:v1"', value);
  }
  return reference.tag === 'latest' ? mustBe('a fixed version of an image', value) : { value: reference };
};

/** The name under which a build is kept in the operator's registry. */
export const builtImage = patternForm('an image name like "web", without registry and tag', PATH);
