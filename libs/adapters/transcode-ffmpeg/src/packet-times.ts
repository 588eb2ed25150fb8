import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TranscodeError } from './probe-media.ts';

/** When one packet is to be played. */
export interface PacketTime {
  readonly ptsSec: number;
  readonly durationSec: number;
}

const execute = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/**
 * The times of all audio packets of a file, in file order. ffprobe itself is asked: fluent-ffmpeg
 * does not read its list of packets.
 * @throws TranscodeError when it cannot be read.
 */
export async function readPacketTimes(path: string): Promise<PacketTime[]> {
  const wanted = ['-select_streams', 'a:0', '-show_entries', 'packet=pts_time,duration_time'];
  const args = ['-v', 'error', ...wanted, '-of', 'csv=p=0', path];
  try {
    const { stdout } = await execute('ffprobe', args, {
      maxBuffer: MAX_OUTPUT_BYTES,
      timeout: TIMEOUT_MS,
    });
    return stdout.split('\n').filter(Boolean).map(toPacketTime);
  } catch (error) {
    throw new TranscodeError(`ffprobe cannot list the packets of ${path}`, { cause: error });
  }
}

function toPacketTime(line: string): PacketTime {
  const [pts, duration] = line.split(',').map(Number);
  return { ptsSec: pts ?? Number.NaN, durationSec: duration ?? Number.NaN };
}
