import { PEER_TYPE, peerAmf, serverMessage } from '#testkit';
import type { PeerValue } from '#testkit';

const HANDSHAKE_BYTES = 1 + 2 * 1536;

const command = (...values: readonly PeerValue[]): Buffer =>
  serverMessage(PEER_TYPE.commandAmf0, 0, peerAmf(values));
const status = (code: string, more: Readonly<Record<string, PeerValue>> = {}): Buffer =>
  command('onStatus', 0, null, { level: 'status', code, description: 'Yes.', ...more });
const error = (description: string): Buffer =>
  command('_error', 1, null, {
    level: 'error',
    code: 'NetConnection.Connect.Rejected',
    description,
  });

/** What a server says to a publisher. */
export const RTMP_TALK = {
  handshake: Buffer.alloc(HANDSHAKE_BYTES, 3),
  connected: command(
    '_result',
    1,
    { fmsVer: 'FMS/3,5,7,7009', capabilities: 31, capsEx: 1, fourCcList: ['Opus', '*'] },
    {
      level: 'status',
      code: 'NetConnection.Connect.Success',
      description: 'Connected.',
      audioFourCcInfoMap: { Opus: 4, '*': 1 },
      data: { version: '3,5,7,7009' },
    },
  ),
  created: command('_result', 4, null, 7),
  started: status('NetStream.Publish.Start'),
  moved: status('NetConnection.Connect.ReconnectRequest', { tcUrl: '//other.example/live' }),
  busy: command('onStatus', 0, null, { level: 'error', code: 'NetStream.Publish.BadName' }),
  asked: error('[ code=403 need auth; authmod=adobe ]'),
  challenged: error(
    '[ authmod=adobe ] : ?reason=needauth&user=a&salt=s+/=&challenge=c==&opaque=o==',
  ),
  nonced: error('[ authmod=llnw ] : ?reason=needauth&user=a&nonce=abc'),
  refused: error('[ authmod=llnw ] : ?reason=nosuchuser'),
  amf3: serverMessage(
    PEER_TYPE.commandAmf3,
    0,
    Buffer.concat([Buffer.of(0), peerAmf(['onStatus', 0, null]), Buffer.from('110a0b0100', 'hex')]),
  ),
  controls: Buffer.concat([
    serverMessage(PEER_TYPE.windowAckSize, 0, Buffer.of(0, 0, 1, 0)),
    serverMessage(PEER_TYPE.setPeerBandwidth, 0, Buffer.of(0, 0, 1, 0, 2)),
    serverMessage(PEER_TYPE.userControl, 0, Buffer.of(0, 6, 1, 2, 3, 4)),
    serverMessage(PEER_TYPE.userControl, 0, Buffer.of(0, 7, 1, 2, 3, 4)),
    serverMessage(PEER_TYPE.acknowledgement, 0, Buffer.of(0, 1, 2, 3)),
    serverMessage(PEER_TYPE.setChunkSize, 0, Buffer.of(0, 0, 0, 64)),
    serverMessage(PEER_TYPE.dataAmf0, 0, Buffer.alloc(200), {
      chunkSize: 64,
      chunkStreamId: 400,
      timestampMs: 2 ** 24,
    }),
    serverMessage(PEER_TYPE.abort, 0, Buffer.of(0, 0, 0, 3)),
  ]),
} as const;
