import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { poll } from '@mcp/daemon/wait';
import { onTestFinished } from 'vitest';

const execFileAsync = promisify(execFile);

const ENGINE_CONFIG = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
`;

/** A real Podman with storage of its own and the Docker API at `socket`, removed when the test ends. */
export async function startEngine() {
  const dir = mkdtempSync(join(tmpdir(), 'mcp-engine-'));
  const socket = join(dir, 'podman.sock');
  const config = join(dir, 'containers.conf');
  writeFileSync(config, ENGINE_CONFIG);
  const storage = ['root', 'runroot', 'tmpdir'].flatMap((name) => [`--${name}`, join(dir, name)]);
  const arguments_ = [...storage, '--storage-driver', 'vfs'];
  const env = { ...process.env, CONTAINERS_CONF: config };
  const podman = (...command: string[]) => execFileAsync('podman', [...arguments_, ...command], { env });
  const shell = copyShell(join(dir, 'shell'));

  const service = spawn('podman', [...arguments_, 'system', 'service', '--time=0', `unix://${socket}`], {
    env,
    stdio: 'ignore',
  });
  const ended = once(service, 'exit');
  onTestFinished(async () => {
    await podman('rm', '--all', '--force', '--time=0');
    service.kill('SIGKILL');
    await ended;
    rmSync(dir, { recursive: true, force: true });
  });
  const { signal } = new AbortController();
  await poll(async () => existsSync(socket) || undefined, { everyMs: 20, timeoutMs: 10_000, signal });

  return {
    socket,
    /** Runs a script in a new container. */
    async run(name: string, labels: Record<string, string>, script: string): Promise<void> {
      const given = Object.entries(labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
      const isolated = ['--detach', '--network=none', '--name', name];
      await podman('run', ...isolated, ...given, '--rootfs', shell, '/bin/sh', '-c', script);
    },
    async remove(name: string): Promise<void> {
      await podman('rm', name);
    },
    async kill(): Promise<void> {
      service.kill('SIGKILL');
      await ended;
    },
  };
}

/** A root file system with nothing but a shell. */
function copyShell(root: string): string {
  const listed = execFileSync('ldd', ['/bin/sh'], { encoding: 'utf8' });
  const libraries = [...listed.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
  for (const file of ['/bin/sh', ...libraries]) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    copyFileSync(file, join(root, file));
  }
  return root;
}
