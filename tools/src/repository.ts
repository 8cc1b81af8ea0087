import { fileURLToPath } from 'node:url';

/** Absolute path of the repository, with a final slash. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));
