import { askEngine, containersOf } from './engine-view.ts';
import { namespaceOf, type Stack } from './stack.ts';

/** Takes a test's stack down with every container it has, whatever state it is in. */
export async function discardStack(stack: Stack): Promise<void> {
  const { containers, dir } = stack.file();
  // First, because it would put them back.
  await stack.halt('agent');
  try {
    for (const name of await containersOf(containers, namespaceOf(dir)))
      await askEngine(containers, { method: 'DELETE', path: `/containers/${name}?force=true` });
  } finally {
    await stack.stop();
  }
}
