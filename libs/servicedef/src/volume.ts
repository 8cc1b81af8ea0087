import type { VolumeMount } from '@mcp/proto/agent';
import { textForm } from './form.ts';

/** "host:container[:options]", both paths absolute. */
export const volume = textForm<VolumeMount>(
  '"host:container[:options]" with absolute paths without ".."',
  (mount) => {
    const [hostPath = '', containerPath = '', options, ...rest] = mount.split(':');
    if (rest.length > 0 || !isAbsolutePath(hostPath) || !isAbsolutePath(containerPath)) return undefined;
    if (mountPoint(containerPath) === '/') return undefined;
    if (options !== undefined && !/^[A-Za-z0-9=_-]+(,[A-Za-z0-9=_-]+)*$/.test(options)) return undefined;
    return { hostPath, containerPath, options: options?.split(',') ?? [] };
  },
);

export function formatVolume({ hostPath, containerPath, options }: VolumeMount): string {
  return [hostPath, containerPath, ...(options.length > 0 ? [options.join(',')] : [])].join(':');
}

/** The same for every spelling of a container path: "/data//x/" is "/data/x". */
export function mountPoint(containerPath: string): string {
  const steps = containerPath.split('/').filter((step) => step !== '' && step !== '.');
  return `/${steps.join('/')}`;
}

function isAbsolutePath(path: string): boolean {
  return path.startsWith('/') && !/\p{Cc}/u.test(path) && !path.split('/').includes('..');
}
