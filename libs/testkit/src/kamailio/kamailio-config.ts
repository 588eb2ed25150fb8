/** What the configuration is made of. */
export interface KamailioConfig {
  readonly host: string;
  /** UDP and TCP. */
  readonly port: number;
  readonly tlsPort: number;
  /** Where JSON-RPC is answered over HTTP. */
  readonly rpcPort: number;
  /** Its own domain, beside its addresses; also the realm of its challenges. */
  readonly domain: string;
  /** Passwords by user. */
  readonly users: Readonly<Record<string, string>>;
  readonly algorithm: 'MD5' | 'SHA-256';
  /** Longest life of a binding. */
  readonly maxExpiresSec: number;
  /** The file `buildTlsConfig` wrote; without it there is no TLS. */
  readonly tlsConfigPath: string | undefined;
}

const MODULES = [
  ...['tm', 'sl', 'rr', 'pv', 'maxfwd', 'textops', 'siputils', 'xlog'],
  ...['usrloc', 'registrar', 'auth', 'xhttp', 'jsonrpcs', 'kex'],
];
/** Neither may end a string or begin a pseudo-variable of the configuration. */
const PLAIN = /^[\w.-]+$/;

/** A registrar and record-routing proxy that challenges every new request. */
export function buildKamailioConfig(config: KamailioConfig): string {
  return [settings(config), modules(config), routes(config)].join('\n');
}

/** One certificate for everybody; none is asked for. */
export function buildTlsConfig(files: { certificatePath: string; keyPath: string }): string {
  return `[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
certificate = ${files.certificatePath}
private_key = ${files.keyPath}
[client:default]
method = TLSv1.2+
verify_certificate = no
`;
}

function settings(config: KamailioConfig): string {
  const { host, port, tlsPort, rpcPort, domain, tlsConfigPath } = config;
  const tls = tlsConfigPath === undefined ? '' : `enable_tls=yes\nlisten=tls:${host}:${tlsPort}\n`;
  return `#!KAMAILIO
# Notices and worse.
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
# HTTP requests have no Content-Length when they have no body.
tcp_accept_no_cl=yes
listen=udp:${host}:${port}
listen=tcp:${host}:${port}
listen=tcp:${host}:${rpcPort}
${tls}alias=${domain}
`;
}

function modules({ tlsConfigPath, algorithm, maxExpiresSec }: KamailioConfig): string {
  const isTls = tlsConfigPath !== undefined;
  const loaded = [...(isTls ? ['tls'] : []), ...MODULES].map((name) => `loadmodule "${name}.so"`);
  return `${loaded.join('\n')}
${isTls ? `modparam("tls", "config", "${tlsConfigPath}")` : ''}
modparam("jsonrpcs", "transport", 1)
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "timer_interval", 1)
modparam("registrar", "min_expires", 1)
modparam("registrar", "default_expires", ${maxExpiresSec})
modparam("registrar", "max_expires", ${maxExpiresSec})
modparam("auth", "algorithm", "${algorithm === 'MD5' ? '' : algorithm}")
# Milliseconds that an ended transaction takes in late retransmissions.
modparam("tm", "wt_timer", 300)
`;
}

function routes({ domain, users, rpcPort }: KamailioConfig): string {
  return `request_route {
  xlog("L_NOTICE", "request $rm $proto $ci $expires(max)\\n");
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (has_totag()) { route(WITHIN_DIALOG); exit; }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  t_check_trans();
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  route(PASSWORD);
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("${domain}", "$var(password)", "0")) {
      www_challenge("${domain}", "1"); exit;
    }
    save("location"); exit;
  }
  if (!pv_proxy_authenticate("${domain}", "$var(password)", "0")) {
    proxy_challenge("${domain}", "1"); exit;
  }
  consume_credentials();
  record_route();
  if (uri == myself && !lookup("location")) { sl_send_reply("404", "Not Registered"); exit; }
  t_relay();
}

route[WITHIN_DIALOG] {
  if (loose_route()) { t_relay(); exit; }
  if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
  sl_send_reply("404", "No Route Set");
}

route[PASSWORD] {
  switch ($au) {
${Object.entries(users).map(passwordCase).join('\n')}
    default: $var(password) = $null;
  }
}

event_route[xhttp:request] {
  if ($Rp == ${rpcPort}) jsonrpc_dispatch();
}
`;
}

function passwordCase([user, password]: readonly [string, string]): string {
  if (!PLAIN.test(user) || !PLAIN.test(password))
    throw new Error('a user or password is not plain');
  return `    case "${user}": $var(password) = "${password}"; break;`;
}
