// detect: what this machine is, and as an entry.
#include "detect/detect.h"

#include <system_error>

#include "base/quantity_text.h"
#include "commands/commands.h"
#include "commands/common.h"
#include "output.h"
#include "report/json_writer.h"
#include "terminal.h"

namespace plimsoll::cli {
namespace {

namespace fs = std::filesystem;

// ----- files

// In systems/ of a folder for --hwdb, devices have one of their own and go by their ids; elsewhere
// they lie beside the system, which names their files.
bool in_systems_folder(const fs::path& entry) {
  return fs::absolute(entry).parent_path().filename() == "systems";
}

fs::path device_folder(const fs::path& entry) {
  const fs::path folder = fs::absolute(entry).parent_path();
  return in_systems_folder(entry) ? folder.parent_path() / "devices" : folder;
}

EntryNaming naming_for(const fs::path& entry) {
  if (entry.empty()) return {.id = this_machine};
  EntryNaming naming{.id = entry.stem().string()};
  if (!in_systems_folder(entry))
    naming.refer = [folder = device_folder(entry)](const std::string& id) {
      return (folder / (id + ".yaml")).string();
    };
  return naming;
}

void write_entries(const DetectedMachine& machine, const fs::path& entry) {
  if (!machine.system) refuse_unseen(machine);
  const fs::path devices = device_folder(entry);
  std::error_code told_when_written;
  fs::create_directories(devices, told_when_written);
  fs::create_directories(fs::absolute(entry).parent_path(), told_when_written);
  for (const DetectedEntry& device : machine.devices)
    write_result(devices / (device.id + ".yaml"), device.yaml);
  write_result(entry, machine.system->yaml);
}

// ----- text

std::string cpu_text(const CpuFacts& cpu) {
  if (cpu.cores == 0) return "not seen";
  std::string text = cpu.name.empty() ? "no name" : cpu.name;
  text += ", " + std::to_string(cpu.sockets) + (cpu.sockets == 1 ? " socket, " : " sockets, ") +
          std::to_string(cpu.cores) + " cores, " + std::to_string(cpu.threads) + " threads";
  if (cpu.numa_nodes > 1) text += ", " + std::to_string(cpu.numa_nodes) + " NUMA nodes";
  return text;
}

std::string caches_text(const CpuFacts& cpu) {
  std::string text;
  for (const CacheFacts& cache : cpu.caches)
    text += (text.empty() ? "L" : ", L") + std::to_string(cache.level) + " " +
            std::to_string(cache.count) + " x " + print_binary(cache.size);
  return text;
}

std::string memory_text(const MemoryFacts& memory) {
  if (!memory.visible) return "not seen";
  std::string text = print_binary(*memory.visible, 4);
  if (memory.limit)
    text += ", limited to " + print_binary(*memory.limit, 4) + " by " + memory.limit_from;
  if (const auto& m = memory.modules)
    text += ", " + std::to_string(m->modules) + " modules" +
            (m->type.empty() ? "" : " of " + m->type) +
            (m->megatransfers_per_second > 0
                 ? ", " + print_number(m->megatransfers_per_second, 5) + " MT/s"
                 : "");
  return text;
}

std::string gpu_text(const GpuFacts& gpu) {
  std::string text = gpu.names.front() + ", " + print_binary(gpu.memory, 4);
  if (gpu.cores > 0) text += ", " + std::to_string(gpu.cores) + " cores";
  if (gpu.clock) text += ", " + print(*gpu.clock);
  if (gpu.bus_bits > 0) text += ", " + std::to_string(gpu.bus_bits) + " bits";
  return text + ", by " + gpu.told_by;
}

std::string drive_text(const DriveFacts& drive) {
  std::string text = drive.device + ", " + (drive.model.empty() ? "no model" : drive.model) + ", " +
                     print(drive.size);
  for (const std::string& more : {drive.bus, drive.link})
    if (!more.empty()) text += ", " + more;
  return drive.rotational ? text + ", rotating" : text;
}

std::string network_text(const NetworkFacts& network) {
  return network.interface + (network.gigabits_per_second
                                  ? ", " + print_number(*network.gigabits_per_second) + " Gbit/s"
                                  : std::string(", rate not told"));
}

void print_facts(Page& page, const MachineFacts& facts) {
  Table table{.columns = {{}, {.flexible = true}}};
  const auto add = [&](const char* what, std::string text) {
    table.rows.push_back({.cells = {{what, Ink::faint}, {std::move(text)}}});
  };
  add("CPU", cpu_text(facts.cpu));
  if (!facts.cpu.caches.empty()) add("caches", caches_text(facts.cpu));
  add("memory", memory_text(facts.memory));
  for (const GpuFacts& gpu : facts.gpus) add("GPU", gpu_text(gpu));
  for (const DriveFacts& drive : facts.drives) add("drive", drive_text(drive));
  for (const NetworkFacts& network : facts.networks) add("network", network_text(network));
  page.heading(facts.product.empty() ? "This machine" : facts.product);
  page.table(2, table);
}

void print_parts(Page& page, const std::vector<DetectedPart>& parts) {
  page.heading("In the catalogue");
  Table table{.columns = {{}, {.flexible = true}, {.flexible = true}}};
  for (const DetectedPart& part : parts) {
    const std::string entry = part.entry.empty() ? "left out: " + part.why
                              : part.own         ? "own entry " + part.entry + ": " + part.why
                                                 : part.entry;
    table.rows.push_back({.cells = {{part.what, Ink::faint},
                                    {part.name},
                                    {entry, part.entry.empty() ? Ink::caution : Ink::plain}}});
  }
  page.table(2, table);
}

void print_list(Page& page, const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  page.heading(title);
  for (const std::string& line : lines) page.paragraph(2, 4, {{line}});
}

std::string text_of(const DetectedMachine& machine, const TextStyle& style) {
  Page page(style);
  print_facts(page, machine.facts);
  print_parts(page, machine.parts);
  print_list(page, "Not certain", machine.notes);
  print_list(page, "Not seen", machine.facts.unseen);
  return page.take();
}

// ----- JSON

std::optional<double> base_of(const std::optional<Bytes>& bytes) {
  return bytes ? std::optional(bytes->base()) : std::nullopt;
}

void write_cpu(JsonWriter& json, const CpuFacts& cpu) {
  json.key("cpu");
  json.open_object();
  json.member("name", cpu.name);
  json.member("sockets", cpu.sockets);
  json.member("cores", cpu.cores);
  json.member("threads", cpu.threads);
  json.member("numa_nodes", cpu.numa_nodes);
  json.member("clock_hz", cpu.clock ? std::optional(cpu.clock->base()) : std::nullopt);
  json.list("caches", cpu.caches, [](JsonWriter& item, const CacheFacts& cache) {
    item.open_object(JsonWriter::Layout::inline_);
    item.member("level", cache.level);
    item.member("bytes", cache.size.base());
    item.member("count", cache.count);
    item.close();
  });
  json.close();
}

void write_memory(JsonWriter& json, const MemoryFacts& memory) {
  json.key("memory");
  json.open_object();
  json.member("visible_bytes", base_of(memory.visible));
  json.member("limit_bytes", base_of(memory.limit));
  json.member("limit_from", memory.limit_from);
  json.close();
}

std::string json_of(const DetectedMachine& machine) {
  JsonWriter json;
  json.open_object();
  json.member("product", machine.facts.product);
  write_cpu(json, machine.facts.cpu);
  write_memory(json, machine.facts.memory);
  json.list("parts", machine.parts, [](JsonWriter& item, const DetectedPart& part) {
    item.open_object(JsonWriter::Layout::inline_);
    item.member("what", part.what);
    item.member("name", part.name);
    item.member("count", part.count);
    item.member("entry", part.entry);
    item.member("own", part.own);
    item.member("why", part.why);
    item.close();
  });
  json.texts("notes", machine.notes);
  json.texts("unseen", machine.facts.unseen);
  json.member("system", machine.system ? machine.system->yaml : std::string());
  json.list("devices", machine.devices, [](JsonWriter& item, const DetectedEntry& entry) {
    item.open_object();
    item.member("id", entry.id);
    item.member("entry", entry.yaml);
    item.close();
  });
  json.close();
  return json.take();
}

// Drivers are those of the machine we run on.
DetectOptions options_for(const fs::path& root) {
  DetectOptions options{.root = root};
  if (root == "/") return options;
  options.open_driver = [](const GpuDriver&) {
    return OpenedDriver{.calls = {}, .problem = "none is asked with --root"};
  };
  options.measure = {};
  return options;
}

}  // namespace

void execute(const DetectCommand& command) {
  Catalog catalog(data_folders(command.data));
  const DetectedMachine machine =
      detect(naming_for(command.entry), options_for(command.root), catalog);
  if (!command.entry.empty()) write_entries(machine, command.entry);
  write_result({}, command.output.format == Format::json
                       ? json_of(machine)
                       : text_of(machine, text_style(command.output)));
}

}  // namespace plimsoll::cli
