import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BaresipControl } from './baresip-control.ts';
import { NetstringReader, buildNetstring } from './netstring.ts';

const HOST = '127.0.0.1';

/** Something that takes commands as baresip does: piece by piece, an answer for each. */
async function setup(isAccepted: (command: string) => boolean) {
  const pieces: string[][] = [];
  const server: Server = createServer((socket: Socket) => {
    const reader = new NetstringReader();
    socket.on('data', (chunk) => {
      const commands = reader.read(chunk);
      pieces.push([...commands]);
      for (const command of commands) {
        const answer = { response: true, ok: isAccepted(command), data: 'because' };
        socket.write(buildNetstring(JSON.stringify(answer)));
      }
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const control = await BaresipControl.open(HOST, (server.address() as AddressInfo).port);
  onTestFinished(() => {
    control.close();
    server.close();
  });
  return { control, pieces };
}

describe('commands to baresip', () => {
  it('come in one piece, so that no call can come between', async () => {
    const { control, pieces } = await setup(() => true);

    await control.command({ command: 'uafind', params: 'sip:anna@host' }, { command: 'hangup' });
    await control.command({ command: 'help' });

    expect(pieces).toEqual([
      ['{"command":"uafind","params":"sip:anna@host"}', '{"command":"hangup"}'],
      ['{"command":"help"}'],
    ]);
  });

  it('tell which was refused', async () => {
    const { control } = await setup((command) => !command.includes('hold'));

    const commands = control.command({ command: 'uafind' }, { command: 'hold' });

    await expect(commands).rejects.toThrow('baresip refused hold: because');
  });
});
