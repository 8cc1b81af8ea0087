// The two parts of undici that https-pool.ts needs. Its index loads the whole package, which costs each process
// 6 MiB; these cost 1 MiB. The types are those of the package.

declare module 'undici/lib/dispatcher/pool.js' {
  import type { Pool } from 'undici';
  const Constructor: typeof Pool;
  export = Constructor;
}

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';
  function request(this: Dispatcher, options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  export = request;
}
