// Given to node with --import: this process and, through NODE_OPTIONS, all that it starts find no package node-av, as after
// `npm ci --omit=optional`.
import Module from 'node:module';

const resolve = Module._resolveFilename;

Module._resolveFilename = function (request, ...rest) {
  if (/^(node-av|@seydx\/node-av)/.test(request)) {
    const error = new Error(`Cannot find module '${request}'`);
    error.code = 'MODULE_NOT_FOUND';
    throw error;
  }
  return resolve.call(this, request, ...rest);
};
