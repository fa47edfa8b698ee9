// Links between devices and machines, and storage drives.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/figure.h"

namespace plimsoll {

enum class LinkScope { inside_host, between_hosts };

// What joins machines when nobody says how: a switch with a port for each, or a cable between two.
enum class LinkMedium { switched, cable };

struct LinkSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  LinkScope scope = LinkScope::inside_host;
  Figure<BytesPerSecond> raw;      // line rate, one direction
  Figure<BytesPerSecond> reached;  // goodput of large transfers, one direction
  Figure<Seconds> latency;         // one way, small message, as software sees it
  bool full_duplex = true;         // false: both directions share `reached`
  bool host_bus = false;  // devices meet at their host over it, even if peer to peer (PCIe)
  LinkMedium medium = LinkMedium::switched;
  // Whether a machine in the middle passes traffic on to its other links (IP does, RDMA verbs do
  // not).
  bool forwarded = true;
  // Standard deviation of a message's latency: whoever waits for several messages waits for the
  // last.
  std::optional<Figure<Seconds>> jitter;
  // Host time per message at its sender, one message after another (the o of LogGP, Alexandrov et
  // al. 1995).
  std::optional<Figure<Seconds>> message_cost;
  SourcePlace place;
};

struct ReadPoint {
  Bytes block;
  int queue_depth = 1;
  Figure<BytesPerSecond> rate;
};

struct StorageSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  std::string interface;
  Figure<BytesPerSecond> sequential_read;
  std::optional<Figure<Seconds>> read_latency;  // 4 KiB, queue depth 1
  std::vector<ReadPoint> random_reads;          // measured points, block x queue depth
  SourcePlace place;
};

}  // namespace plimsoll
