import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{apps,libs}/*/src/**/*.test.ts',
            'tools/src/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
          ],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['tools/src/e2e/*.e2e.ts'],
          globalSetup: ['tools/src/e2e/global-setup.ts'],
          // They share the container engine and the machine's two cores.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
