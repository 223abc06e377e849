// Connects LINE's two hosts to the emulator, as entries in /etc/hosts would. The clients are unchanged; they trust the
// throwaway CA through NODE_EXTRA_CA_CERTS.
"use strict";
const tls = require("node:tls");
const connect = tls.connect;
const [host, port] = process.env.EMULATOR_ADDRESS.split(":");
tls.connect = function (...args) {
  const options = args[0];
  if (options && ["access.line.me", "api.line.me"].includes(options.host || options.hostname)) {
    args[0] = { ...options, servername: options.host || options.hostname, host, port: Number(port), path: undefined, socketPath: undefined };
  }
  return connect.apply(this, args);
};
