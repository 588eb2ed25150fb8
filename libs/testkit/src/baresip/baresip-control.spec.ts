import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BaresipControl } from './baresip-control.ts';
import { NetstringReader, buildNetstring } from './netstring.ts';

const HOST = '127.0.0.1';

/** Something that takes commands as baresip does, with an answer for each. */
async function setup(isAccepted: (command: string) => boolean) {
  const commands: string[] = [];
  const server: Server = createServer((socket: Socket) => {
    const reader = new NetstringReader();
    socket.on('data', (chunk) => {
      for (const command of reader.read(chunk)) {
        commands.push(command);
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
  return { control, commands };
}

describe('commands to baresip', () => {
  it('are given in their order and answered one by one', async () => {
    const { control, commands } = await setup(() => true);

    await control.command({ command: 'uafind', params: 'sip:anna@host' }, { command: 'hangup' });
    await control.command({ command: 'help' });

    expect(commands).toEqual([
      '{"command":"uafind","params":"sip:anna@host"}',
      '{"command":"hangup"}',
      '{"command":"help"}',
    ]);
  });

  it('tell which was refused', async () => {
    const { control } = await setup((command) => !command.includes('hold'));

    const given = control.command({ command: 'uafind' }, { command: 'hold' });

    await expect(given).rejects.toThrow('baresip refused hold: because');
  });
});
