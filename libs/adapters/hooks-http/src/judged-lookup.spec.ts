import { describe, expect, it, onTestFinished } from 'vitest';
import { DnsStub } from '#testkit';
import { findByNameServers } from './judged-lookup.ts';

async function namesOf(zone: Parameters<typeof DnsStub.start>[0]) {
  const stub = await DnsStub.start(zone);
  onTestFinished(() => stub.close());
  return findByNameServers([stub.server]);
}

describe('the addresses of a name', () => {
  it('are those of both IP versions', async () => {
    const find = await namesOf({
      a: { 'both.example': ['192.0.2.1', '192.0.2.2'] },
      aaaa: { 'both.example': ['2001:db8::1'] },
    });

    expect(await find('both.example')).toEqual([
      { address: '192.0.2.1', family: 4 },
      { address: '192.0.2.2', family: 4 },
      { address: '2001:db8::1', family: 6 },
    ]);
  });

  it('may be of one version alone', async () => {
    const find = await namesOf({ aaaa: { 'six.example': ['2001:db8::1'] } });

    expect(await find('six.example')).toEqual([{ address: '2001:db8::1', family: 6 }]);
  });

  it('are none of an unknown name', async () => {
    const find = await namesOf({});

    await expect(find('none.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
