import { createRequire } from 'node:module';
import type { NodeAv, NodeAvConstants } from './node-av.ts';

/** The parts of node-av that are used. */
export interface LibavBinding {
  readonly lib: NodeAv;
  readonly constants: NodeAvConstants;
}

/** The encoder's native library is not there: node-av is an optional dependency. */
class LibavMissingError extends Error {
  override readonly name = 'LibavMissingError';
}

const require = createRequire(import.meta.url);

/**
 * Loads node-av (0.2 s the first time, afterwards at once).
 *
 * @throws LibavMissingError if the package or its binary for this machine is not installed.
 */
export function loadLibav(): LibavBinding {
  try {
    const lib = require('node-av/lib') as NodeAv;
    const constants = require('node-av/constants') as NodeAvConstants;
    // The library would write to the process's stderr; errors come as return codes.
    lib.Log.setLevel(constants.AV_LOG_QUIET);
    return { lib, constants };
  } catch (cause) {
    throw new LibavMissingError(
      "the AAC encoder needs the optional package 'node-av', which is not installed or has no binary " +
        `for ${process.platform}-${process.arch}: run \`npm install node-av\` without --omit=optional`,
      { cause },
    );
  }
}

/** Whether node-av can be loaded on this machine. */
export function isLibavAvailable(): boolean {
  try {
    loadLibav();
    return true;
  } catch (error) {
    if (error instanceof LibavMissingError) return false;
    throw error;
  }
}
