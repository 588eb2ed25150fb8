import { describe, expect, it } from 'vitest';
import { ServiceGroup } from './service.ts';
import type { Service } from './service.ts';

function setup(...names: string[]) {
  const log: string[] = [];
  const failing = new Set<string>();
  const act = (what: string): Promise<void> => {
    log.push(what);
    return failing.has(what) ? Promise.reject(new Error(what)) : Promise.resolve();
  };
  const services = names.map((name): Service => ({
    start: () => act(`start ${name}`),
    stop: () => act(`stop ${name}`),
  }));
  return { log, failing, group: new ServiceGroup(services) };
}

describe('a group of services', () => {
  it('starts in order, stops in reverse, and each only once', async () => {
    const { group, log } = setup('a', 'b');

    await group.start();
    await group.start();
    await group.stop();
    await group.stop();

    expect(log).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops what had started when a later one does not start', async () => {
    const { group, log, failing } = setup('a', 'b', 'c');
    failing.add('start b');

    await expect(group.start()).rejects.toThrow('start b');

    expect(log).toEqual(['start a', 'start b', 'stop a']);
  });

  it('stops the others when one fails to stop, and says so', async () => {
    const { group, log, failing } = setup('a', 'b', 'c');
    failing.add('stop c');
    await group.start();

    await expect(group.stop()).rejects.toThrow('not every service has stopped cleanly');

    expect(log.slice(3)).toEqual(['stop c', 'stop b', 'stop a']);
  });
});
