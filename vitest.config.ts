import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{apps,libs}/*/src/**/*.test.ts', 'tools/src/**/*.test.ts', 'examples/*/src/**/*.test.ts'],
  },
});
