import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findFreePort } from '#adapters/services-local';
import { startForeignProgram } from '../foreign-program.ts';
import type { ForeignProgram } from '../foreign-program.ts';

/** A running Node-Media-Server (Apache-2.0) on 127.0.0.1 that records what is published. It dies with this process. */
export interface NodeMediaServer extends ForeignProgram {
  rtmpUrl(app: string, key: string): string;
  /** Paths of the recordings of a stream; one is whole when its publisher has left. */
  recordings(app: string, key: string): readonly string[];
}

const HOST = '127.0.0.1';
const require = createRequire(import.meta.url);

/**
 * Starts it on free ports.
 *
 * @param folder Made if it is missing; removed by `stop`.
 * @throws Error when it does not start.
 */
export async function startNodeMediaServer(folder: string): Promise<NodeMediaServer> {
  mkdirSync(folder, { recursive: true });
  const [rtmpPort, httpPort] = [await findFreePort(), await findFreePort()];
  const records = join(folder, 'recordings');
  const config = {
    bind: HOST,
    rtmp: { port: rtmpPort },
    http: { port: httpPort },
    store: { path: join(folder, 'store') },
    record: { path: records, auto: true },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const program = await startForeignProgram({
    program: process.execPath,
    args: [require.resolve('node-media-server/bin/app.js'), '-c', 'config.json', '--no-admin'],
    folder,
    isReady: (log) => log.includes('Rtmp Server listening') && log.includes('Store ready'),
  });
  return {
    ...program,
    rtmpUrl: (app, key) => `rtmp://${HOST}:${rtmpPort}/${app}/${key}`,
    recordings: (app, key) => {
      const place = join(records, app, key);
      return existsSync(place) ? readdirSync(place).map((name) => join(place, name)) : [];
    },
  };
}
