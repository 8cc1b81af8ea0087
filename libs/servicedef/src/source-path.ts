import { textForm } from './form.ts';

/** A path below a directory that is known: relative, and it cannot climb out. */
export const sourcePath = textForm('a relative path without ".."', (path) => {
  const isBelow = path !== '' && !/^[/~]|[\\\p{Cc}]/u.test(path) && !path.split('/').includes('..');
  return isBelow ? path : undefined;
});
