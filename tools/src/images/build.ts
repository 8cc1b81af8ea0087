import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { repository } from '../repository.ts';

/** An image of an example: what `[build.images]` of its definition names. */
export interface ImageBuild {
  /** Folder below examples/. */
  example: string;
  /** Entry point in its src/, without ".ts"; also the Dockerfile's ending. */
  component: string;
  /** Full reference with its tag. */
  reference: string;
}

const BANNER = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/**
 * Builds images of an example with the engine's own API, from no base image and no registry: the
 * context holds Node.js, the libraries it is linked to, and the bundled component. Throws
 * with the engine's message.
 */
export async function buildImages(engineSocket: string, images: readonly ImageBuild[]): Promise<void> {
  for (const { example, component, reference } of images) {
    const context = mkdtempSync(join(tmpdir(), 'mcp-image-'));
    try {
      const source = join(repository, 'examples', example);
      copyRuntime(join(context, 'runtime'));
      copyFileSync(join(source, `Dockerfile.${component}`), join(context, 'Dockerfile'));
      await build({
        entryPoints: [join(source, 'src', `${component}.ts`)],
        outfile: join(context, `${component}.mjs`),
        bundle: true,
        format: 'esm',
        platform: 'node',
        target: 'node24',
        banner: { js: BANNER },
        logLevel: 'warning',
      });
      await buildContext(engineSocket, context, reference);
    } finally {
      rmSync(context, { recursive: true });
    }
  }
}

/** Copies the running Node.js with the shared libraries that it names, to the paths it looks for them at. */
function copyRuntime(root: string): void {
  const node = realpathSync(process.execPath);
  mkdirSync(join(root, 'bin'), { recursive: true });
  mkdirSync(join(root, 'tmp'), { recursive: true });
  linkOrCopy(node, join(root, 'bin', 'node'));
  const listed = execFileSync('ldd', [node], { encoding: 'utf8' });
  const libraries = [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
  for (const library of libraries) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(realpathSync(library), join(root, library));
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Another file system than the repository's.
    copyFileSync(from, to);
  }
}

async function buildContext(socketPath: string, context: string, reference: string): Promise<void> {
  if (!existsSync(join(context, 'Dockerfile'))) throw new Error(`no Dockerfile in ${context}`);
  const archive = spawn('tar', ['-C', context, '--owner=0', '--group=0', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await new Promise<string>((resolve, reject) => {
    const call = request(
      {
        socketPath,
        method: 'POST',
        path: `/v1.41/build?t=${encodeURIComponent(reference)}&forcerm=1&layers=1`,
        headers: { 'content-type': 'application/x-tar' },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
        response.on('error', reject);
      },
    );
    call.on('error', reject);
    archive.stdout.pipe(call);
  });
  const errors = output
    .split('\n')
    .filter((line) => line.includes('"error'))
    .join('\n');
  if (errors !== '' || !output.includes('Success'))
    throw new Error(`build ${reference} (${basename(context)}): ${errors || output}`);
}
