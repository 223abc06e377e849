// Connects the providers' hosts to the emulators, as entries in /etc/hosts would. The clients are unchanged; they trust
// the throwaway CA through NODE_EXTRA_CA_CERTS. Every other host is refused.
"use strict";
const tls = require("node:tls");
const connect = tls.connect;
const [host, port] = process.env.EMULATORS_ADDRESS.split(":");
const hosts = process.env.EMULATORS_HOSTS.split(",");
tls.connect = function (...args) {
  const wanted = args[0]?.host || args[0]?.hostname;
  if (!hosts.includes(wanted)) throw new Error("no emulator has the host " + wanted);
  args[0] = { ...args[0], servername: wanted, host, port: Number(port), path: undefined, socketPath: undefined };
  return connect.apply(this, args);
};
