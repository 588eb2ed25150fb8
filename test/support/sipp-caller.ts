import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, findProgram } from '#adapters/services-local';

const LIMIT_MS = 20_000;

/** A request of SIPp with the parts every request of a scenario has. */
const request = (method: string, sequence: number, to: string, extra = ''): string => `
<send retrans="500"><![CDATA[

${method} sip:server@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]sipp[call_number]
To: ${to}
Call-ID: [call_id]
CSeq: ${sequence} ${method}
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
${extra}Content-Length: 0

]]></send>`;

/** OPTIONS answered by 200. */
export const OPTIONS_SCENARIO = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="options">${request('OPTIONS', 1, '<sip:server@[remote_ip]:[remote_port]>')}
<recv response="200"/>
</scenario>
`;

/** An INVITE declined by 603, and acknowledged. */
export const DECLINED_SCENARIO = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="declined">${request('INVITE', 1, '<sip:server@[remote_ip]:[remote_port]>')}
<recv response="603"/>
<send><![CDATA[

ACK sip:server@[remote_ip]:[remote_port] SIP/2.0
[last_Via:]
Max-Forwards: 70
[last_From:]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0

]]></send>
</scenario>
`;

/**
 * Runs SIPp as a caller against 127.0.0.1 until its calls are over.
 *
 * @returns the exit code: 0 when every call went as the scenario says.
 */
export async function runSippCaller(options: {
  readonly scenario: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  readonly calls: number;
}): Promise<number> {
  const program = findProgram('sipp');
  if (program === undefined) throw new Error('sipp is not installed: apt-get install sip-tester');
  const folder = mkdtempSync(join(tmpdir(), 'callcast-sipp-'));
  const file = join(folder, 'caller.xml');
  writeFileSync(file, options.scenario);
  const [localPort, mediaPort, controlPort] = [
    await findFreePort({ alsoUdp: true }),
    await findFreePort({ alsoUdp: true }),
    await findFreePort({ alsoUdp: true }),
  ];
  const words = [
    ...['-sf', file, '-t', options.transport === 'udp' ? 'u1' : 't1', '-nostdin'],
    ...['-i', '127.0.0.1', '-p', String(localPort), '-mp', String(mediaPort)],
    ...['-ci', '127.0.0.1', '-cp', String(controlPort)],
    ...['-m', String(options.calls), '-l', String(options.calls), '-r', '100'],
    `127.0.0.1:${options.port}`,
  ];
  try {
    return await new Promise((resolve) => {
      const running = { cwd: folder, timeout: LIMIT_MS, killSignal: 'SIGKILL' as const };
      execFile(program, words, running, (error) => {
        resolve(error === null ? 0 : Number(error.code ?? 1));
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
