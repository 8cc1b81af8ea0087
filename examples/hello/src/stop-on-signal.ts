/** As process 1 of a container Node.js ignores SIGTERM unless somebody listens. */
export function stopOnSignal(close: () => Promise<void> | void): void {
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      setTimeout(() => process.exit(0), 1000).unref();
      void close();
    });
  }
}
