// Sold machines, what they are built of, and the operating systems that decide how much memory a
// GPU may take.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/device_spec.h"
#include "catalog/figure.h"
#include "catalog/streaming_spec.h"

namespace plimsoll {

// A device soldered or plugged into a system.
struct SystemPart {
  std::string device;  // device id
  int count = 1;
  std::string peer_link;  // between the parts of this kind; empty: the device's own default
  std::string host_link;  // likewise, towards the host
  // The device as it is set in this machine, where that differs from its entry.
  std::shared_ptr<const DeviceSpec> own_device;
};

struct HostSpec {
  std::string device;  // CPU device id; empty when the SoC of `parts` is the host
  int sockets = 1;
  Bytes memory;  // main memory (unified memory on SoC systems)
};

struct SystemStorage {
  std::string drive;  // storage id
  Bytes size;
  int count = 1;
};

// A way out to other machines.
struct SystemPort {
  std::string link;  // link id
  int count = 0;     // 0: not known
};

struct SystemSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  int year = 0;
  bool claimed = false;  // exists in a claim only: never proposed
  std::string os;        // os id
  std::vector<SystemPart> parts;
  HostSpec host;
  std::vector<SystemStorage> storage;
  std::vector<SystemPort> ports;  // towards other machines, fastest first
  // A limit on what one process's GPU allocations may take that belongs to this machine rather than
  // to its OS (a phone's per-app limit, a published kernel setting).
  std::optional<Figure<Bytes>> gpu_memory;
  // At the wall. Nothing is predicted from `max_power`: what a supply or a maker's stress test
  // reaches is not what a language model draws.
  std::optional<Figure<Watts>> load_power;  // measured under a language-model load
  std::optional<Figure<Watts>> max_power;   // the most it can draw, everything busy
  std::optional<Figure<Watts>> idle_power;
  std::optional<Figure<Dollars>> price;
  std::optional<ThermalSpec> thermal;  // of machines that throttle
  SourcePlace place;
};

// How much of unified memory a GPU may take, by memory size: the first step whose `up_to` is not
// below it.
struct GpuShareStep {
  Bytes up_to;
  Figure<double> share;
};

// A card whose memory is full goes on in main memory behind its host link (Windows' shared GPU
// memory): nothing fails, everything is slow.
struct GpuSpill {
  Figure<double> share;  // of main memory, at most
  std::string turn_off;  // the setting that makes it fail instead
};

struct OsSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  std::string programs_of;  // id of the operating system whose programs it runs, too; may be empty
  // What each backend needs here; a backend that is not among them does not run. Empty: not known.
  std::map<std::string, std::string> drivers;
  std::optional<GpuSpill> gpu_spill;
  Figure<Bytes> reserved;  // kernel, desktop and daemons of a machine that does nothing else
  std::vector<GpuShareStep> gpu_shares;  // empty: no limit beyond the memory itself
  std::string raise_limit;  // the command that raises the limit, with {mib} for the new size and
                            // {pages} for its pages of 4 KiB; may be empty
  std::optional<PageCacheSpec> page_cache;
  SourcePlace place;
};

// Whether a program that runs on these systems (ids; none: on all) runs on this one.
bool runs_programs_for(const OsSpec& os, const std::vector<std::string>& systems);

bool has_backend(const OsSpec& os, const std::string& backend);

}  // namespace plimsoll
