import type { ImageBuild } from './build.ts';

/** The images of examples/hello at a version, as its definition names them. */
export function helloImages(version: string): ImageBuild[] {
  return [
    { example: 'hello', component: 'api', reference: `localhost/hello:${version}` },
    { example: 'hello', component: 'web', reference: `localhost/hello-web:${version}` },
  ];
}
