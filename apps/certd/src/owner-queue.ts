/** Does one piece of work per owner at a time, in order of arrival; other owners do not wait. */
export interface OwnerQueue {
  run<Result>(owner: string, work: () => Promise<Result>): Promise<Result>;
}

export function createOwnerQueue(): OwnerQueue {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(owner, work) {
      const result = (last.get(owner) ?? Promise.resolve()).then(work);
      const settled = result.catch(() => undefined);
      last.set(owner, settled);
      void settled.then(() => {
        if (last.get(owner) === settled) last.delete(owner);
      });
      return result;
    },
  };
}
