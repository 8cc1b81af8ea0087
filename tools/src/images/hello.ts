import type { ImageBuild } from './build.ts';

/** The images of examples/hello at some versions, as its definition names them. */
export function helloImages(...versions: string[]): ImageBuild[] {
  const image = (component: string, name: string): ImageBuild => ({
    dockerfile: `examples/hello/Dockerfile.${component}`,
    entry: `examples/hello/src/${component}.ts`,
    tags: versions.map((version) => ({ reference: `localhost/${name}:${version}` })),
  });
  return [image('api', 'hello'), image('web', 'hello-web')];
}
