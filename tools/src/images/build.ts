import { createHash } from 'node:crypto';
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { repository } from '../repository.ts';
import { askEngine } from '../stack/engine-view.ts';

/** Images of one program. Paths are relative to the repository. */
export interface ImageBuild {
  dockerfile: string;
  /** Its entry point; the bundle has the same name in the context, ending in .mjs. */
  entry: string;
  /** What is built: full references with their tags, each with further files of its context, name to content. */
  tags: readonly { reference: string; files?: Record<string, string> }[];
}

/** Of an image: what it was made from. */
const CONTENT_LABEL = 'net.metacircular.mcp.content';
const BANNER = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/**
 * Builds images with the engine's own API, from no base image and no registry: the
 * context holds Node.js, the libraries it is linked to, and the bundled program. An image that was made
 * from the same is left alone. Throws with the engine's message.
 */
export async function buildImages(engineSocket: string, images: readonly ImageBuild[]): Promise<void> {
  for (const { dockerfile, entry, tags } of images) {
    const context = mkdtempSync(join(tmpdir(), 'mcp-image-'));
    try {
      const bundle = join(context, `${basename(entry, '.ts')}.mjs`);
      copyFileSync(join(repository, dockerfile), join(context, 'Dockerfile'));
      await build({
        entryPoints: [join(repository, entry)],
        outfile: bundle,
        bundle: true,
        format: 'esm',
        platform: 'node',
        target: 'node24',
        // Optional accelerators of ws, which are not installed.
        external: ['bufferutil', 'utf-8-validate'],
        banner: { js: BANNER },
        logLevel: 'warning',
      });
      const content = contentOf(join(context, 'Dockerfile'), bundle);
      for (const { reference, files = {} } of tags) {
        if (await isBuilt(engineSocket, reference, content)) continue;
        if (!existsSync(join(context, 'runtime'))) copyRuntime(join(context, 'runtime'));
        for (const [name, text] of Object.entries(files)) writeFileSync(join(context, name), text);
        await buildContext(engineSocket, context, { reference, content });
      }
    } finally {
      rmSync(context, { recursive: true });
    }
  }
}

/** What an image is made from, in short. Files that differ from build to build, such as keys, do not count. */
function contentOf(...paths: string[]): string {
  const hash = createHash('sha256').update(process.version);
  for (const path of paths) hash.update(readFileSync(path));
  return hash.digest('hex');
}

async function isBuilt(engineSocket: string, reference: string, content: string): Promise<boolean> {
  return askEngine<{ Config: { Labels: Record<string, string> | null } }>(engineSocket, {
    path: `/images/${reference}/json`,
  }).then(
    ({ Config }) => Config.Labels?.[CONTENT_LABEL] === content,
    () => false,
  );
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

async function buildContext(
  socketPath: string,
  context: string,
  { reference, content }: { reference: string; content: string },
): Promise<void> {
  if (!existsSync(join(context, 'Dockerfile'))) throw new Error(`no Dockerfile in ${context}`);
  const archive = spawn('tar', ['-C', context, '--owner=0', '--group=0', '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const labels = JSON.stringify({ [CONTENT_LABEL]: content });
  const query = new URLSearchParams({ t: reference, labels, forcerm: '1', layers: '1' }).toString();
  const output = await new Promise<string>((resolve, reject) => {
    const call = request(
      {
        socketPath,
        method: 'POST',
        path: `/v1.41/build?${query}`,
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
