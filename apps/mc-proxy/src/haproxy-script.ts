import type { Layout } from './haproxy-layout.ts';
import { MAX_HOLD_MS } from './hold-check.ts';

/** How often what is held looks whether its hold has ended, until there is much of it. */
const MIN_PAUSE_MS = 5;
const MAX_PAUSE_MS = 200;
/** So many that wait share a millisecond between two looks: at most 20,000 looks a second and thread, 3 % of a core. */
const WAITING_PER_MS = 20;

/**
 * The Lua by which HAProxy holds. Both actions return when the hold of `txn.name` in the map of a
 * port has ended, and take `txn.held` away then; it stays when the client left.
 *
 * An l4 connection cannot sleep here as a request does: HAProxy forgets when a "tcp-request
 * content" action is to wake if its clock reaches that time before the action has returned (seen in
 * 2.6.12; tcp_inspect_request is the same in its development branch). A busy machine needs only to
 * stand still for a pause. An answer on a socket is not forgotten, so the connection asks the
 * waiting room, where a request sleeps in its place.
 */
export function generateScript(layout: Layout, ports: readonly number[]): string {
  const maps = ports.map((port) => `  ["${port}"] = Map.new("${layout.holdsMap(port)}", Map._str),\n`);
  return `-- Written by mc-proxy at its start.
local holds = {
${maps.join('')}}

local function now_ms()
  local now = core.now()
  return now.sec * 1000 + now.usec // 1000
end

local pause, slept, since = ${MIN_PAUSE_MS}, 0, 0

-- How many wait is how long all of them slept in a time: a count would not notice who left.
local function next_pause(now)
  slept = slept + pause
  if now - since >= 100 then
    local waiting = slept // (now - since)
    pause = math.min(math.max(waiting // ${WAITING_PER_MS}, ${MIN_PAUSE_MS}), ${MAX_PAUSE_MS})
    slept, since = 0, now
  end
  return pause
end

core.register_action("hold", { "http-req" }, function(txn, port)
  local name = txn:get_var("txn.name")
  while true do
    local now = now_ms()
    local ends = tonumber(holds[port]:lookup(name))
    if not ends or ends <= now then
      return txn:unset_var("txn.held")
    end
    core.msleep(next_pause(now))
  end
end, 1)

core.register_action("hold_l4", { "tcp-req" }, function(txn, port)
  local room = core.tcp()
  room:settimeout(${(2 * MAX_HOLD_MS) / 1000})
  if room:connect("unix@${layout.waitingSocket}") then
    room:send("GET /" .. port .. " HTTP/1.0\\r\\nHost: " .. txn:get_var("txn.name") .. "\\r\\n\\r\\n")
    room:receive("*l")
  end
  room:close()
  txn:unset_var("txn.held")
end, 1)
`;
}
