// Compiles the kernel: assembly/*.ts to aac.wasm, which is committed so that a checkout runs without the compiler's
// output differing from what was tested. aac.wasm.sha256 says which sources it was made of; when they are those that lie
// here, nothing is done (--force compiles all the same).
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const here = new URL('./', import.meta.url);
const FLAGS = ['-O3', '--converge', '--runtime', 'stub', '--noAssert', '--use', 'abort='];
// Exchange of vectors between functions of the module is no exchange with the host; addresses are of 32 bits.
const QUIET = ['--enable', 'simd', '--initialMemory', '16', '--disableWarning', '112,201'];

function hashOfSources() {
  const hash = createHash('sha256').update([...FLAGS, ...QUIET].join(' '));
  const folder = new URL('assembly/', here);
  for (const name of readdirSync(folder).sort()) {
    hash.update(name).update(readFileSync(new URL(name, folder)));
  }
  return `${hash.digest('hex')}\n`;
}

const readOr = (file, otherwise) => {
  try {
    return readFileSync(new URL(file, here), 'utf8');
  } catch {
    return otherwise;
  }
};

/** The module that the sources make. */
export async function compileKernel() {
  let binary;
  const result = await main(['assembly/index.ts', '--outFile', 'aac.wasm', ...FLAGS, ...QUIET], {
    readFile: (name) => readOr(name, null),
    writeFile: (name, contents) => void (name === 'aac.wasm' && (binary = contents)),
    listFiles: () => [],
  });
  const problems = result.stderr.toString();
  if (result.error !== null) throw new Error(`the kernel does not compile\n${problems}`);
  return binary;
}

async function build(isForced) {
  const hash = hashOfSources();
  if (!isForced && hash === readOr('aac.wasm.sha256', '')) return;
  writeFileSync(new URL('aac.wasm', here), await compileKernel());
  writeFileSync(new URL('aac.wasm.sha256', here), hash);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await build(process.argv.includes('--force'));
