import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HouseCopy } from '../support/house-copy.ts';

interface ForbiddenRule {
  readonly name: string;
  readonly comment: string;
}

interface Report {
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
  forbidden: ForbiddenRule[];
};

/** One small sin per rule: the file, and what it imports. */
const SINS: Readonly<Record<string, readonly [file: string, imports: string]>> = {
  'no-circular': ['libs/domain/src/left.ts', './right.ts'],
  'libs-not-to-apps': ['libs/media/src/knows-app.ts', '../../../apps/api/src/main.ts'],
  'app-not-to-app': ['apps/worker/src/knows-api.ts', '../../api/src/main.ts'],
  'foundation-is-bottom': ['libs/foundation/src/knows-domain.ts', '#domain'],
  'domain-down': ['libs/domain/src/knows-contracts.ts', '#contracts'],
  'contracts-down': ['libs/contracts/src/knows-media.ts', '#media'],
  'protocol-alone': ['libs/protocol/rtmp/src/knows-sip.ts', '#protocol/sip'],
  'media-no-adapters': ['libs/media/src/knows-adapter.ts', '#adapters/one'],
  'adapter-not-to-adapter': ['libs/adapters/one/src/knows-two.ts', '#adapters/two'],
  'pure-has-no-io': ['libs/protocol/rtmp/src/opens-socket.ts', 'node:net'],
  'api-carries-no-calls': ['apps/api/src/knows-sip.ts', '#protocol/sip'],
  'sdk-alone': ['libs/sdk/src/knows-domain.ts', 'node:crypto'],
  'sdk-for-clients': ['apps/worker/src/knows-sdk.ts', '#sdk'],
  'dashboard-asks-the-api': ['apps/dashboard/src/knows-domain.ts', '#domain'],
  'testkit-in-tests-only': ['apps/worker/src/knows-testkit.ts', '#testkit'],
  'front-door': ['apps/worker/src/climbs-in.ts', '../../../libs/domain/src/inner.ts'],
  'front-door-of-neighbours': ['libs/media/src/climbs-in.ts', '../../domain/src/inner.ts'],
  'no-orphan-typo': ['apps/worker/src/mistyped.ts', './not-there.ts'],
};

const HOUSE = [
  'libs/foundation/src/index.ts',
  'libs/domain/src/index.ts',
  'libs/domain/src/inner.ts',
  'libs/contracts/src/index.ts',
  'libs/media/src/index.ts',
  'libs/sdk/src/index.ts',
  'libs/testkit/src/index.ts',
  'libs/protocol/sip/src/index.ts',
  'libs/protocol/rtmp/src/index.ts',
  'libs/adapters/one/src/index.ts',
  'libs/adapters/two/src/index.ts',
  'apps/api/src/main.ts',
  'apps/worker/src/main.ts',
];

describe('the gate for imports', () => {
  let house: HouseCopy;

  beforeAll(() => {
    house = new HouseCopy('settings');
    for (const file of HOUSE) house.write(file, 'export const here = 1;\n');
  });

  afterAll(() => house.dispose());

  const cruise = (): string[] => {
    const { output } = house.run(
      'dependency-cruiser/bin/dependency-cruise.mjs',
      ...['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'apps', 'libs'],
    );
    const { summary } = JSON.parse(output) as Report;
    return summary.violations.map(({ rule, from }) => `${rule.name} in ${from}`);
  };

  it('is green on a house that is in order', () => {
    expect(cruise()).toEqual([]);
  });

  it('turns red for each of its rules', () => {
    house.write('libs/domain/src/right.ts', "export * from './left.ts';\n");
    for (const [file, imported] of Object.values(SINS)) {
      house.write(file, `export * from '${imported}';\n`);
    }

    const found = cruise();

    const expected = Object.entries(SINS).map(([rule, [file]]) => `${rule} in ${file}`);
    expect(expected.filter((line) => !found.includes(line))).toEqual([]);
  });

  it('has a sin for every rule, and a reason with every rule', () => {
    expect(forbidden.map((rule) => rule.name).sort()).toEqual(Object.keys(SINS).sort());
    for (const rule of forbidden) expect(rule.comment).toMatch(/^[A-Z].*\.$/);
  });
});
