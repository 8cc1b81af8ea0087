import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch } from 'node:process';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { repository } from '../repository.ts';
import { programs, type Command } from './programs.ts';

const distribution = join(repository, 'dist');
const bundleFolder = join(distribution, 'bin');

/** The bundled program of a command. */
export function bundlePath(command: Command): string {
  return join(bundleFolder, `${command}.mjs`);
}

const BANNER = `import { createRequire as createRequireOf } from 'node:module';
import { fileURLToPath as pathOf } from 'node:url';
import { dirname as folderOf } from 'node:path';
const require = createRequireOf(import.meta.url);
const __filename = pathOf(import.meta.url);
const __dirname = folderOf(__filename);`;

/**
 * Bundles every program into dist/bin, with what they share in chunks of its own, and the native
 * addon beside them. Takes under a second; safe to repeat.
 */
export async function bundlePrograms(): Promise<void> {
  rmSync(distribution, { recursive: true, force: true });
  mkdirSync(bundleFolder, { recursive: true });
  await build({
    entryPoints: Object.fromEntries(
      programs.map(({ command, app }) => [command, join(repository, 'apps', app, 'bin', `${command}.js`)]),
    ),
    outdir: bundleFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    banner: { js: BANNER },
    define: { MCP_VERSION: JSON.stringify(gitVersion()) },
    external: ['cpu-features', '*.node'],
    logLevel: 'warning',
  });
  // better-sqlite3 looks for its addon in "../prebuilds", seen from its own code.
  const addon = `linux-${arch}.node`;
  mkdirSync(join(distribution, 'prebuilds'));
  copyFileSync(
    join(packageFolder('better-sqlite3'), 'prebuilds', addon),
    join(distribution, 'prebuilds', addon),
  );
}

function gitVersion(): string {
  try {
    return execFileSync('git', ['describe', '--tags', '--always', '--dirty'], {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unversioned';
  }
}

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}
