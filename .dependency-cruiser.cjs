// The import direction of the house, as a table of bans. Every rule carries its reason; test/architecture shows each one red.
const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });
const PURE = '^libs/(foundation|domain|contracts|protocol|media)/';
const IO =
  '^(node:)?(dgram|net|tls|http|https|fs|fs/promises|child_process|worker_threads|dns|dns/promises)$';
const RIM =
  '^node_modules/(@nestjs|@prisma|bullmq|ioredis|pg|pino|@opentelemetry|drachtio-srf|fluent-ffmpeg|node-av)/';
const SPEC = '\\.spec\\.tsx?$';

const LIB = 'foundation|domain|contracts|media|sdk|testkit|protocol/[^/]+|adapters/[^/]+';
const INSIDE = `^libs/(?:${LIB})/src/(?!index\\.ts)`;

module.exports = {
  forbidden: [
    rule('no-circular', 'Arrows go one way.', {}, { circular: true }),
    rule(
      'libs-not-to-apps',
      'A lib never knows who uses it.',
      { path: '^libs/' },
      { path: '^apps/' },
    ),
    rule(
      'app-not-to-app',
      'Apps meet in the queue and in contracts.',
      { path: '^apps/([^/]+)/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    rule(
      'foundation-is-bottom',
      'It imports nothing of ours.',
      { path: '^libs/foundation/', pathNot: SPEC },
      { path: '^libs/', pathNot: '^libs/foundation/' },
    ),
    rule(
      'domain-down',
      'Rules know only foundation.',
      { path: '^libs/domain/', pathNot: SPEC },
      { path: '^libs/', pathNot: '^libs/(domain|foundation)/' },
    ),
    rule(
      'contracts-down',
      'Schemas know only the domain and the foundation.',
      { path: '^libs/contracts/', pathNot: SPEC },
      { path: '^libs/', pathNot: '^libs/(contracts|domain|foundation)/' },
    ),
    rule(
      'protocol-alone',
      'Wire formats know bytes, not each other.',
      { path: '^libs/protocol/([^/]+)/', pathNot: SPEC },
      { path: '^libs/', pathNot: '^libs/(foundation/|protocol/$1/)' },
    ),
    rule(
      'media-no-adapters',
      'Paths do not know sockets.',
      { path: '^libs/media/', pathNot: SPEC },
      { path: '^libs/(adapters|contracts)/' },
    ),
    rule(
      'adapter-not-to-adapter',
      'The app joins adapters.',
      { path: '^libs/adapters/([^/]+)/', pathNot: SPEC },
      { path: '^libs/adapters/', pathNot: '^libs/adapters/$1/' },
    ),
    rule(
      'pure-has-no-io',
      'No sockets, files or frameworks below adapters.',
      // What compiles the kernel is a tool, no part of the product.
      { path: PURE, pathNot: `${SPEC}|/kernel/build\\.mjs$` },
      { path: `${IO}|${RIM}` },
    ),
    rule(
      'api-carries-no-calls',
      'The API enqueues; workers act.',
      { path: '^apps/api/' },
      { path: '^libs/(media|protocol|adapters/(sip|udp|rtmp|aac|record|transcode))' },
    ),
    rule(
      'sdk-alone',
      'It is published by itself, for browsers too: it needs nothing.',
      { path: '^libs/sdk/src/', pathNot: SPEC },
      { pathNot: '^libs/sdk/src/' },
    ),
    rule(
      'sdk-for-clients',
      'Who serves the API does not ask it.',
      { path: '^(apps/(api|worker|signaling)|libs/(?!sdk/))', pathNot: SPEC },
      { path: '^libs/sdk/' },
    ),
    rule(
      'dashboard-asks-the-api',
      'It is a client like any other: it knows the SDK alone.',
      { path: '^apps/dashboard/src/', pathNot: SPEC },
      { path: '^(libs/(?!sdk/)|(node:)?[a-z_]+$)', dependencyTypesNot: ['npm', 'npm-dev'] },
    ),
    rule(
      'testkit-in-tests-only',
      'Fakes stay out of products.',
      { path: '^(apps|libs)/', pathNot: `(${SPEC}|^libs/testkit/|^apps/cli/)` },
      { path: '^libs/testkit/' },
    ),
    rule(
      'front-door',
      'Apps enter a lib by its index.',
      { path: '^(apps|bench|test)/', pathNot: SPEC },
      { path: INSIDE },
    ),
    rule(
      'front-door-of-neighbours',
      'Libs enter each other by the index.',
      { path: `^libs/(${LIB})/`, pathNot: SPEC },
      { path: INSIDE, pathNot: '^libs/$1/' },
    ),
    // The optional package may be left out.
    rule(
      'no-orphan-typo',
      'Every import resolves.',
      {},
      { couldNotResolve: true, pathNot: '^node-av/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|generated)/' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
