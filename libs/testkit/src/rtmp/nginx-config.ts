/** What goes into the configuration of a test server. */
export interface NginxConfig {
  /** Folder for pid file, logs and recordings; absolute. */
  readonly folder: string;
  readonly modulePath: string;
  readonly rtmpPort: number;
  readonly statPort: number;
  readonly isRecording: boolean;
  readonly apps: readonly string[];
}

/** The configuration of one nginx process without master, with an RTMP server and its statistics page. */
export function buildNginxConfig(config: NginxConfig): string {
  const { folder, modulePath, rtmpPort, statPort } = config;
  return `
load_module ${modulePath};
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log notice;
events { worker_connections 1024; }
rtmp {
  access_log ${folder}/rtmp-access.log;
  server {
    listen 127.0.0.1:${rtmpPort};
    max_streams 64;
${config.apps.map((app) => application(app, config)).join('')}
  }
}
http {
  access_log off;
  client_body_temp_path ${folder}/tmp-body;
  proxy_temp_path ${folder}/tmp-proxy;
  fastcgi_temp_path ${folder}/tmp-fastcgi;
  uwsgi_temp_path ${folder}/tmp-uwsgi;
  scgi_temp_path ${folder}/tmp-scgi;
  server {
    listen 127.0.0.1:${statPort};
    location /stat { rtmp_stat all; }
  }
}
`;
}

function application(name: string, { folder, isRecording }: NginxConfig): string {
  const record = isRecording
    ? `record all; record_path ${folder}/recordings; record_unique on;`
    : 'record off;';
  return `    application ${name} { live on; ${record} }\n`;
}
