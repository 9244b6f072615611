-- What wrk sends, told by environment variables, and what it prints at the end: one line of JSON.
--   BENCH_TOKEN   bearer token, may be empty
--   BENCH_PATHS   a file with one path a line, asked for in turn
--   BENCH_NETWORK with it, devices are posted instead: "11.3" makes addresses 11.3.0.1, 11.3.0.2, …

local token = os.getenv("BENCH_TOKEN") or ""
local network = os.getenv("BENCH_NETWORK") or ""
local requests, count = {}, 0

function init(args)
  if token ~= "" then wrk.headers["Authorization"] = "Bearer " .. token end
  for path in io.lines(os.getenv("BENCH_PATHS")) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  if network ~= "" then wrk.headers["Content-Type"] = "application/json" end
end

local function device()
  local address = string.format("%s.%d.%d", network, math.floor(count / 254), count % 254 + 1)
  return string.format(
    '{"name":"bench-%s","ip_address":"%s","device_type":"switch","location":"Zurich, rack 4"}', address, address)
end

function request()
  count = count + 1
  if network ~= "" then return wrk.format("POST", "/api/devices", nil, device()) end
  return requests[(count - 1) % #requests + 1]
end

function done(summary, latency, all)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
