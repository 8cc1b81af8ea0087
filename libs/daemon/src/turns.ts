/** Runs one task at a time, in the order in which they came; a failed one does not stop the next. */
export type InTurn = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** A queue of its own: what one turn waits for, another does not. */
export function createTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}
