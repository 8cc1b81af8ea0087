import { enableCompileCache } from 'node:module';

const [major] = process.versions.node.split('.').map(Number);

// better-sqlite3 ends Node 20 with a segmentation fault and no message, so this is checked before anything else loads.
if (major < 24) {
  process.stderr.write(
    `this program needs Node.js 24, this is ${process.versions.node} (${process.execPath})\n` +
      'start it with npx or an npm script from the repository: they use the Node.js that npm installed there\n',
  );
  process.exit(1);
}
enableCompileCache();
