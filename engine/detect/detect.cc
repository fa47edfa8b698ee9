#include "detect/detect.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/quantity_text.h"
#include "detect/entry_text.h"
#include "detect/file_tree.h"
#include "detect/host.h"
#include "detect/match.h"
#include "detect/own_device.h"

namespace plimsoll {
namespace {

// "16.0 GT/s PCIe" and "16" -> "pcie-4.0-x16". The most both ends can do: idle links slow down.
std::string pcie_link_id(const FileTree& files, const std::string& address) {
  static const std::map<std::string, const char*> generations = {{"2.5", "1.0"},  {"5.0", "2.0"},
                                                                 {"8.0", "3.0"},  {"16.0", "4.0"},
                                                                 {"32.0", "5.0"}, {"64.0", "6.0"}};
  const std::string folder = "sys/bus/pci/devices/" + address;
  const auto speed = split_words(files.line(folder + "/max_link_speed").value_or(""));
  // Lanes that the slot lacks stay away; those are not asleep.
  const auto width = files.line(folder + "/current_link_width");
  const auto found = speed.empty() ? generations.end() : generations.find(speed.front());
  if (found == generations.end() || !width) return {};
  return std::string("pcie-") + found->second + "-x" + *width;
}

std::vector<GpuFacts> read_gpus(const FileTree& files, const DetectOptions& options,
                                std::vector<std::string>& unseen) {
  std::vector<GpuFacts> gpus;
  const auto add = [&](std::vector<GpuFacts> more) {
    for (GpuFacts& each : more) gpus.push_back(std::move(each));
  };
#ifdef __APPLE__
  add(ask_metal(unseen));
#endif
  add(ask_driver(cuda_driver(), options.open_driver, unseen));
  add(ask_driver(hip_driver(), options.open_driver, unseen));
  add(read_cards(files, gpus, unseen));
  for (GpuFacts& gpu : gpus)
    if (!gpu.address.empty()) gpu.host_link = pcie_link_id(files, gpu.address);
  return gpus;
}

#ifdef __APPLE__
constexpr const char* own_os = "macos";
#else
constexpr const char* own_os = "linux";
#endif

class Detector {
 public:
  Detector(const EntryNaming& naming, const DetectOptions& options, Catalog& catalog)
      : naming_(naming), options_(options), catalog_(catalog) {}

  DetectedMachine run() {
    machine_.facts = read_machine(options_);
    cpu();
    for (const GpuFacts& gpu : machine_.facts.gpus) this->gpu(gpu);
    drives();
    networks();
    system();
    return std::move(machine_);
  }

 private:
  struct Part {
    std::string device;
    int count = 1;
  };

  std::string reference_to(const std::string& own_id) const {
    return naming_.refer ? naming_.refer(own_id) : own_id;
  }

  void tell(DetectedPart part) { machine_.parts.push_back(std::move(part)); }

  void cpu() {
    const CpuFacts& cpu = machine_.facts.cpu;
    if (cpu.cores == 0) return;
    Match<DeviceSpec> match = match_cpu(cpu, catalog_);
    check_bandwidth(match);
    DetectedPart part{.what = "CPU", .name = plain_cpu_name(cpu.name), .why = match.why};
    part.count = std::max(cpu.sockets, 1);
    if (match.spec) {
      part.entry = match.spec->id;
      if (match.spec->form == DeviceForm::soc) {
        soc_ = match.spec;
        parts_.push_back({match.spec->id, 1});
      } else {
        host_ = match.spec->id;
      }
    } else {
      part.entry = naming_.id + "-cpu";
      part.own = true;
      host_ = reference_to(part.entry);
      machine_.devices.push_back({EntryKind::device, part.entry,
                                  cpu_entry(part.entry, machine_.facts, match.related, options_,
                                            catalog_, machine_.notes)});
    }
    tell(std::move(part));
  }

  // The same processor is sold with other memory in its sockets.
  void check_bandwidth(Match<DeviceSpec>& match) const {
    constexpr double alike = 0.05;
    const auto rate = bandwidth_by_modules(machine_.facts);
    if (!match.spec || !rate || match.spec->form != DeviceForm::cpu) return;
    const BytesPerSecond known = match.spec->memory.bandwidth.value;
    if (std::abs(*rate / known - 1.0) <= alike) return;
    match.related = match.spec;
    match.spec = nullptr;
    match.why = match.related->id + " has memory of " + print(known) + ", here is " + print(*rate);
  }

  void gpu(const GpuFacts& gpu) {
    DetectedPart part{.what = "GPU", .name = gpu.names.front()};
    if (soc_ && (gpu.integrated || gpu.vendor == soc_->vendor) && gpu.vendor != "nvidia") {
      part.entry = soc_->id;
      part.why = "the GPU of that chip";
      return tell(std::move(part));
    }
    const Match<DeviceSpec> match = match_gpu(gpu, catalog_);
    part.why = match.why;
    if (match.spec) {
      part.entry = match.spec->id;
      take_gpu(*match.spec, gpu);
    } else if (!own_gpu(gpu, part)) {
      part.why += "; its driver does not tell enough for an entry, so it is left out";
    }
    tell(std::move(part));
  }

  void take_gpu(const DeviceSpec& device, const GpuFacts& gpu) {
    if (device.form == DeviceForm::soc) {
      soc_ = &device;
      host_.clear();
    }
    if (!gpu.host_link.empty() && !device.host_link.empty() && gpu.host_link != device.host_link)
      machine_.notes.push_back(gpu.names.front() + " at " + gpu.address + " sits on " +
                               gpu.host_link + ", the entry " + device.id + " on " +
                               device.host_link);
    add_part(device.id);
  }

  void add_part(const std::string& device) {
    const auto same = std::find_if(parts_.begin(), parts_.end(),
                                   [&](const Part& part) { return part.device == device; });
    if (same == parts_.end())
      parts_.push_back({device, 1});
    else
      ++same->count;
  }

  // Cards that tell the same are the same entry.
  bool own_gpu(const GpuFacts& gpu, DetectedPart& part) {
    for (const auto& [known, id] : own_gpus_)
      if (known.names == gpu.names && known.memory == gpu.memory && known.cores == gpu.cores) {
        part.entry = id;
        part.own = true;
        add_part(reference_to(id));
        return true;
      }
    const std::string number = own_gpus_.empty() ? "" : "-" + std::to_string(own_gpus_.size() + 1);
    const std::string id = naming_.id + "-gpu" + number;
    const auto entry = gpu_entry(id, gpu, catalog_, machine_.notes);
    if (!entry) return false;
    own_gpus_.emplace_back(gpu, id);
    machine_.devices.push_back({EntryKind::device, id, *entry});
    part.entry = id;
    part.own = true;
    add_part(reference_to(id));
    return true;
  }

  void drives() {
    for (const DriveFacts& drive : machine_.facts.drives) {
      const Match<StorageSpec> match = match_drive(drive, catalog_);
      if (match.spec)
        storage_.push_back("{drive: " + match.spec->id + ", size: " + print_exact(drive.size) +
                           "}");
      tell({.what = "drive",
            .name = drive.model.empty() ? drive.device : drive.model,
            .entry = match.spec ? match.spec->id : "",
            .why = match.why});
    }
  }

  void networks() {
    for (const NetworkFacts& network : machine_.facts.networks) {
      const Match<LinkSpec> match = match_network(network, catalog_);
      if (match.spec) ports_[-match.spec->raw.value.base()][match.spec->id] += 1;
      tell({.what = "network",
            .name = network.interface,
            .entry = match.spec ? match.spec->id : "",
            .why = match.why});
    }
  }

  void system() {
    const MemoryFacts& memory = machine_.facts.memory;
    if (!memory.usable() || (host_.empty() && parts_.empty())) return;
    const std::string& product = machine_.facts.product;
    EntryText entry;
    entry.comment("Written by plimsoll detect.");
    for (const std::string& note : machine_.notes) entry.comment("Note: " + note + ".");
    for (const std::string& what : machine_.facts.unseen) entry.comment("Not seen: " + what + ".");
    entry.line(0, "kind: system")
        .line(0, "id: " + naming_.id)
        .line(0, "name: " + quoted_text(product.empty() ? "This machine"
                                                        : "This machine (" + product + ")"))
        .line(0, std::string("os: ") + own_os);
    if (!parts_.empty()) entry.line(0, "parts:");
    for (const Part& part : parts_)
      entry.line(2, "- {device: " + quoted_text(part.device) +
                        ", count: " + std::to_string(part.count) + "}");
    if (memory.limit)
      entry.comment("Of " + print_binary(*memory.visible) + ", limited by " + memory.limit_from);
    entry.line(0, "host: {" +
                      (host_.empty()
                           ? ""
                           : "device: " + quoted_text(host_) + ", sockets: " +
                                 std::to_string(std::max(machine_.facts.cpu.sockets, 1)) + ", ") +
                      "memory: " + print_exact(*memory.usable()) + "}");
    if (!storage_.empty()) entry.line(0, "storage:");
    for (const std::string& drive : storage_) entry.line(2, "- " + drive);
    if (!ports_.empty()) entry.line(0, "ports:");
    for (const auto& [rate, links] : ports_)
      for (const auto& [link, count] : links)
        entry.line(2, "- {link: " + link + ", count: " + std::to_string(count) + "}");
    machine_.system = DetectedEntry{EntryKind::system, naming_.id, entry.take()};
  }

  const EntryNaming& naming_;
  const DetectOptions& options_;
  Catalog& catalog_;
  DetectedMachine machine_;
  const DeviceSpec* soc_ = nullptr;  // the machine is built of it
  std::string host_;                 // as the system refers to it
  std::vector<Part> parts_;
  std::vector<std::pair<GpuFacts, std::string>> own_gpus_;  // and their ids
  std::vector<std::string> storage_;
  std::map<double, std::map<std::string, int>> ports_;  // fastest first
};

}  // namespace

MachineFacts read_machine(const DetectOptions& options) {
  const FileTree files(options.root);
  MachineFacts facts;
  facts.product = read_product(files);
  facts.cpu = read_cpu(files, facts.unseen);
  facts.memory = read_memory(files, facts.unseen);
  facts.gpus = read_gpus(files, options, facts.unseen);
  facts.drives = read_drives(files, facts.unseen);
  facts.networks = read_networks(files, facts.unseen);
  return facts;
}

DetectedMachine detect(const EntryNaming& naming, const DetectOptions& options, Catalog& catalog) {
  return Detector(naming, options, catalog).run();
}

}  // namespace plimsoll
