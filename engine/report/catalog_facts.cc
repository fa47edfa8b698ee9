#include "report/catalog_facts.h"

#include <algorithm>

#include "base/contains.h"
#include "base/quantity_text.h"
#include "report/fact_builder.h"

namespace plimsoll {

namespace {

Facts describe(const RateSpec& rate) {
  return FactBuilder().figure("peak", rate.peak).figure("reached", rate.reached).take();
}

FactGroup describe(const ComputeUnitSpec& unit) {
  FactBuilder rates;
  for (const auto& [precision, rate] : unit.rates) rates.facts(word(precision), describe(rate));
  const std::string kind(word(unit.kind));
  return {.title = unit.name.empty() ? kind : kind + " " + unit.name,
          .facts = FactBuilder()
                       .text("kind", kind)
                       .text("name", unit.name)
                       .count("cores", unit.cores)
                       .figure("clock", unit.clock)
                       .facts("rates", rates.take())
                       .figure("memory_reached", unit.memory_reached)
                       .take()};
}

Words sizes(const std::vector<Bytes>& sold) {
  Words words;
  for (const Bytes size : sold) words.push_back(print_binary(size));
  return words;
}

Facts describe(const MemorySpec& memory) {
  FactBuilder facts;
  facts.text("type", memory.type).count_if_any("bus_bits", memory.bus_bits);
  if (memory.megatransfers_per_second) {
    facts.number("megatransfers_per_second", *memory.megatransfers_per_second);
  }
  return facts.figure("capacity", memory.capacity)
      .words("sold_sizes", sizes(memory.sold_sizes))
      .figure("bandwidth", memory.bandwidth)
      .text("roof_class", memory.roof_class)
      .take();
}

template <class Part, class Describe>
FactGroups groups_of(const std::vector<Part>& parts, Describe describe_part) {
  FactGroups groups;
  for (const Part& part : parts) groups.push_back(describe_part(part));
  return groups;
}

FactGroup describe(const SystemPart& part) {
  return {.title = std::to_string(part.count) + "x " + part.device,
          .facts = FactBuilder()
                       .text("device", part.device)
                       .count("count", part.count)
                       .text("peer_link", part.peer_link)
                       .take()};
}

FactGroup describe(const SystemStorage& storage) {
  return {.title = std::to_string(storage.count) + "x " + storage.drive,
          .facts = FactBuilder()
                       .text("drive", storage.drive)
                       .quantity("size", storage.size)
                       .count("count", storage.count)
                       .take()};
}

// "usb4-ip", "2x usb4-ip" where their number is known.
Words ports_of(const SystemSpec& system) {
  Words ports;
  for (const SystemPort& port : system.ports)
    ports.push_back(port.count > 0 ? std::to_string(port.count) + "x " + port.link : port.link);
  return ports;
}

FactGroup describe(const ClusterNode& node) {
  return {
      .title = node.count > 1 ? node.id + ", " + std::to_string(node.count) + " of them" : node.id,
      .facts = FactBuilder().text("system", node.system).count("count", node.count).take()};
}

FactGroup describe(const ClusterSwitch& box) {
  return {.title = box.id,
          .facts =
              FactBuilder().figure("capacity", box.capacity).figure("latency", box.latency).take()};
}

std::string among_text(const ClusterLink& link) {
  std::string text;
  for (const std::string& group : link.among) text += (text.empty() ? "" : ", ") + group;
  return text + " in a " + std::string(word(link.topology));
}

FactGroup describe(const ClusterLink& link) {
  FactBuilder facts;
  facts.text("link", link.link).count("count", link.count);
  if (link.among.empty())
    return {.title = link.from + " to " + link.to,
            .facts = facts.text("from", link.from).text("to", link.to).take()};
  return {.title = among_text(link),
          .facts = facts.words("among", link.among).text("topology", word(link.topology)).take()};
}

Facts describe(const RemoteSpec& remote) {
  FactBuilder facts;
  facts.words_for("parallelism", remote.parallelism)
      .flag("through_first", remote.through_first)
      .flag("first_machine_last", remote.first_machine_last)
      .flag("overlaps_chunks", remote.overlaps_chunks);
  const auto overhead = [&facts](const char* key, const Figure<Seconds>& figure) {
    if (!figure.from.source.empty()) facts.figure(key, figure);
  };
  overhead("hop_overhead", remote.hop_overhead);
  overhead("collective_overhead", remote.collective_overhead);
  return facts.text("start_command", remote.start_command).take();
}

Facts describe(const HostSpec& host) {
  FactBuilder facts;
  facts.text("device", host.device);
  if (!host.device.empty()) facts.count("sockets", host.sockets);
  return facts.quantity("memory", host.memory).take();
}

FactGroup describe(const ReadPoint& point) {
  return {.title = print_binary(point.block) + ", depth " + std::to_string(point.queue_depth),
          .facts = FactBuilder()
                       .quantity("block", point.block)
                       .count("queue_depth", point.queue_depth)
                       .figure("rate", point.rate)
                       .take()};
}

FactGroup describe(const GpuShareStep& step) {
  return {.title = "up to " + print_binary(step.up_to),
          .facts = FactBuilder().quantity("up_to", step.up_to).figure("share", step.share).take()};
}

FactGroup describe(const MatrixPath& path) {
  std::string title;
  for (const std::string& family : path.families) title += (title.empty() ? "" : ", ") + family;
  FactBuilder facts;
  facts.words("families", path.families)
      .words_for("precisions", path.precisions)
      .words_for("on_lanes", path.on_lanes)
      .figure("efficiency", path.efficiency)
      .number("half_rows", path.half_rows);
  if (path.rows_at_once > 1) facts.count("rows_at_once", path.rows_at_once);
  if (path.tile)
    facts.facts(
        "tile",
        FactBuilder().number("rows", path.tile->rows).number("outputs", path.tile->outputs).take());
  return {.title = title, .facts = facts.take()};
}

Facts by_family(const std::map<std::string, Figure<double>>& figures) {
  FactBuilder facts;
  for (const auto& [family, figure] : figures) facts.figure(family, figure);
  return facts.take();
}

// Nothing where the entry leaves a factor at 1, or a time at none.
template <class Q>
std::optional<Figure<Q>> if_stated(const Figure<Q>& figure) {
  return figure.from.source.empty() ? std::nullopt : std::optional(figure);
}

Facts describe(const PairwiseExperts& pairwise) {
  FactBuilder facts;
  if (pairwise.tokens > 0) facts.count("tokens", pairwise.tokens);
  if (pairwise.per_expert > 0.0) facts.number("per_expert", pairwise.per_expert);
  return facts.take();
}

Facts describe(const ExpertKernels& kernels) {
  return FactBuilder()
      .words("architectures", kernels.architectures)
      .words("families", kernels.families)
      .words("activation_apart", kernels.activation_apart)
      .count("choice_tokens", kernels.choice_tokens)
      .take();
}

FactGroup describe(const BackendSpec& backend) {
  return {.title = backend.id,
          .facts = FactBuilder()
                       .text("id", backend.id)
                       .words("names", backend.names)
                       .text("unit", word(backend.unit))
                       .figure("issue", backend.issue)
                       .flag("captured_graph", backend.captured_graph)
                       .figure("gap", backend.gap)
                       .figure("prompt_gap", backend.prompt_gap)
                       .figure("step_overhead", backend.step_overhead)
                       .words_for("fused", backend.fused)
                       .facts("expert_kernels",
                              backend.expert_kernels ? describe(*backend.expert_kernels) : Facts())
                       .number("roofline_exponent", backend.roofline_exponent)
                       .facts("bandwidth", by_family(backend.bandwidth))
                       .facts("core_weights_per_cycle", by_family(backend.core_weights_per_cycle))
                       .figure("further_row", backend.further_row)
                       .figure("expert_bandwidth", backend.expert_bandwidth)
                       .figure("attention_bandwidth", backend.attention_bandwidth)
                       .figure("vector_bandwidth", backend.vector_bandwidth)
                       .figure("packed_dot", if_stated(backend.packed_dot))
                       .count("matrix_vector_rows", backend.matrix_vector_rows)
                       .facts("pairwise_experts", describe(backend.pairwise_experts))
                       .flag_if_set("converts_activations", backend.converts_activations)
                       .groups("matrix",
                               groups_of(backend.matrix,
                                         [](const MatrixPath& path) { return describe(path); }))
                       .words("on_lanes_of", backend.on_lanes_of)
                       .figure("core_flop_per_cycle", backend.core_flop_per_cycle)
                       .figure("expert_matrix", if_stated(backend.expert_matrix))
                       .figure("attention_compute", backend.attention_compute)
                       .figure("attention_vector", if_stated(backend.attention_vector))
                       .flag_if_set("grouped_attention", backend.grouped_attention)
                       .figure("decode_spread", backend.decode_spread)
                       .figure("prefill_spread", backend.prefill_spread)
                       .figure("device_overhead", backend.device_overhead)
                       .take()};
}

std::string selector_text(const QuantizationRule& rule) {
  switch (rule.selector) {
    case LayerSelector::all:
      return "all";
    case LayerSelector::more:
      return "more";
    case LayerSelector::middle:
      return "middle";
    case LayerSelector::first:
      break;
  }
  if (rule.first_divisor > 0) return "first n/" + std::to_string(rule.first_divisor);
  return "first " + std::to_string(rule.first_count);
}

Facts describe(const RuleCondition& when) {
  FactBuilder facts;
  const auto count = [&facts](std::string_view key, const std::optional<int>& value) {
    if (value) facts.count(key, *value);
  };
  const auto flag = [&facts](std::string_view key, const std::optional<bool>& value) {
    if (value) facts.flag(key, *value);
  };
  count("min_gqa", when.min_gqa);
  count("max_gqa", when.max_gqa);
  count("min_experts", when.min_experts);
  count("experts", when.experts);
  flag("importance_matrix", when.importance_matrix);
  flag("tied", when.tied);
  flag("routed", when.routed);
  flag("shared", when.shared);
  count("layers", when.layers);
  if (when.current) facts.text("current", *when.current);
  count("row_not_multiple_of", when.row_not_multiple_of);
  if (!when.families.empty()) facts.words("families", when.families);
  flag("fused", when.fused);
  count("before", when.before);
  return facts.take();
}

FactGroup describe(const QuantizationRule& rule) {
  return {.title = rule.format,
          .facts = FactBuilder()
                       .words_for("tensors", rule.tensors)
                       .text("layers", selector_text(rule))
                       .facts("when", describe(rule.when))
                       .text("format", rule.format)
                       .take()};
}

Facts describe(const AttentionSpec& attention) {
  FactBuilder facts;
  facts.text("kind", word(attention.kind)).count("heads", attention.heads);
  if (attention.kind == AttentionKind::gqa) {
    facts.count("kv_heads", attention.kv_heads).count("head_dim", attention.head_dim);
    if (const auto& full = attention.full_layers)
      facts.facts("full_layers", FactBuilder()
                                     .count("kv_heads", full->kv_heads)
                                     .count("head_dim", full->head_dim)
                                     .flag_if_set("keys_as_values", full->keys_as_values)
                                     .take());
  } else if (attention.kind == AttentionKind::compressed) {
    facts.count("head_dim", attention.head_dim)
        .count("q_lora_rank", attention.q_lora_rank)
        .count("rope_dim", attention.rope_dim)
        .count("output_groups", attention.output_groups)
        .count("output_lora_rank", attention.output_lora_rank)
        .count_if_any("sparse_tokens", attention.sparse_tokens)
        .count_if_any("heavy_tokens", attention.heavy_tokens);
  } else {
    facts.count("q_lora_rank", attention.q_lora_rank)
        .count("kv_lora_rank", attention.kv_lora_rank)
        .count("rope_dim", attention.rope_dim)
        .count("nope_dim", attention.nope_dim)
        .count("v_dim", attention.v_dim);
  }
  facts.flag_if_set("qkv_bias", attention.qkv_bias)
      .flag_if_set("output_bias", attention.output_bias)
      .flag_if_set("sinks", attention.sinks)
      .flag_if_set("output_gate", attention.output_gate)
      .text("qk_norm", word(attention.qk_norm));
  if (const auto& indexer = attention.indexer) {
    facts.facts("indexer", FactBuilder()
                               .count("heads", indexer->heads)
                               .count("head_dim", indexer->head_dim)
                               .count("top_k", indexer->top_k)
                               .take());
  }
  return facts.take();
}

Facts describe(const LinearAttentionSpec& linear) {
  return FactBuilder()
      .count("k_heads", linear.k_heads)
      .count("k_dim", linear.k_dim)
      .count("v_heads", linear.v_heads)
      .count("v_dim", linear.v_dim)
      .count("conv_kernel", linear.conv_kernel)
      .take();
}

Facts describe(const MoeSpec& moe) {
  return FactBuilder()
      .count("experts", moe.experts)
      .count("experts_per_token", moe.experts_per_token)
      .count("expert_width", moe.expert_width)
      .count("shared_width", moe.shared_width)
      .flag_if_set("shared_gate", moe.shared_gate)
      .flag_if_set("expert_bias", moe.expert_bias)
      .flag_if_set("router_correction_bias", moe.router_correction_bias)
      .take();
}

std::int64_t count_layers(const ModelSpec& model, LayerAttention kind) {
  return std::count_if(model.layers.begin(), model.layers.end(),
                       [kind](const LayerSpec& layer) { return layer.attention == kind; });
}

std::int64_t count_layers(const ModelSpec& model, LayerFfn kind) {
  return std::count_if(model.layers.begin(), model.layers.end(),
                       [kind](const LayerSpec& layer) { return layer.ffn == kind; });
}

Facts describe_layers(const ModelSpec& model) {
  FactBuilder facts;
  facts.count("count", static_cast<std::int64_t>(model.layers.size()));
  for (const auto& [word, kind] : words_of<LayerAttention>()) {
    facts.count_if_any(std::string(word) + "_attention", count_layers(model, kind));
  }
  for (const auto& [word, kind] : words_of<LayerFfn>()) {
    facts.count_if_any(std::string(word) + "_ffn", count_layers(model, kind));
  }
  return facts.take();
}

// "8x h100-sxm5-80gb, 2x …"
std::string parts_text(const SystemSpec& system) {
  std::string text;
  const auto add = [&text](int count, const std::string& device) {
    text += (text.empty() ? "" : ", ") + (count > 1 ? std::to_string(count) + "x " : "") + device;
  };
  for (const SystemPart& part : system.parts) add(part.count, part.device);
  if (text.empty()) add(system.host.sockets, system.host.device);
  return text;
}

// "48 / 64 / 128 GiB", or the size of a card.
std::string memory_text(const MemorySpec& memory) {
  if (memory.capacity) return print_binary(memory.capacity->value);
  std::string text;
  for (const std::string& size : sizes(memory.sold_sizes)) {
    text += (text.empty() ? "" : ", ") + size;
  }
  return text;
}

// "GQA 32:8", "MLA", "compressed", with the kinds of layers that are not plain.
std::string attention_text(const ModelSpec& model) {
  const AttentionSpec& attention = model.attention;
  std::string text =
      attention.kind == AttentionKind::mla ? "MLA"
      : attention.kind == AttentionKind::compressed
          ? "compressed"
          : "GQA " + std::to_string(attention.heads) + ":" + std::to_string(attention.kv_heads);
  for (const LayerAttention kind : {LayerAttention::windowed, LayerAttention::linear}) {
    const std::int64_t layers = count_layers(model, kind);
    if (layers > 0) text += ", " + std::to_string(layers) + " " + std::string(word(kind));
  }
  return text;
}

std::string experts_text(const ModelSpec& model) {
  if (!model.moe) return {};
  return std::to_string(model.moe->experts_per_token) + " of " + std::to_string(model.moe->experts);
}

std::optional<Figure<FlopPerSecond>> best_rate(const DeviceSpec& device, Precision precision) {
  std::optional<Figure<FlopPerSecond>> best;
  for (const ComputeUnitSpec& unit : device.units) {
    const auto rate = unit.rates.find(precision);
    if (rate == unit.rates.end()) continue;
    if (!best || best->value < rate->second.peak.value) best = rate->second.peak;
  }
  return best;
}

constexpr auto describe_each = [](const auto& part) { return describe(part); };

}  // namespace

Facts describe(const DeviceSpec& device) {
  return FactBuilder()
      .text("vendor", device.vendor)
      .text("architecture", device.architecture)
      .count_if_any("year", device.year)
      .text("form", word(device.form))
      .words("backends", device.backends)
      .groups("units", groups_of(device.units, describe_each))
      .facts("memory", describe(device.memory))
      .text("host_link", device.host_link)
      .text("peer_link", device.peer_link)
      .figure("power_limit", device.power_limit)
      .figure("unlimited_power", device.unlimited_power)
      .figure("reading_power", device.reading_power)
      .figure("idle_power", device.idle_power)
      .figure("price", device.price)
      .take();
}

Facts describe(const SystemSpec& system) {
  return FactBuilder()
      .count_if_any("year", system.year)
      .flag("claimed", system.claimed)
      .text("os", system.os)
      .groups("parts", groups_of(system.parts, describe_each))
      .facts("host", describe(system.host))
      .groups("storage", groups_of(system.storage, describe_each))
      .words("ports", ports_of(system))
      .figure("gpu_memory", system.gpu_memory)
      .figure("load_power", system.load_power)
      .figure("max_power", system.max_power)
      .figure("idle_power", system.idle_power)
      .figure("price", system.price)
      .take();
}

Facts describe(const ClusterSpec& cluster) {
  return FactBuilder()
      .groups("nodes", groups_of(cluster.nodes, describe_each))
      .groups("switches", groups_of(cluster.switches, describe_each))
      .groups("links", groups_of(cluster.links, describe_each))
      .take();
}

Facts describe(const StorageSpec& storage) {
  return FactBuilder()
      .text("interface", storage.interface)
      .figure("sequential_read", storage.sequential_read)
      .figure("read_latency", storage.read_latency)
      .groups("random_reads", groups_of(storage.random_reads, describe_each))
      .take();
}

Facts describe(const LinkSpec& link) {
  return FactBuilder()
      .text("scope", word(link.scope))
      .figure("raw", link.raw)
      .figure("reached", link.reached)
      .figure("latency", link.latency)
      .flag("full_duplex", link.full_duplex)
      .flag("host_bus", link.host_bus)
      .text("medium", word(link.medium))
      .flag("forwarded", link.forwarded)
      .figure("jitter", link.jitter)
      .figure("message_cost", link.message_cost)
      .take();
}

Facts describe(const GpuSpill& spill) {
  return FactBuilder().figure("share", spill.share).text("turn_off", spill.turn_off).take();
}

Facts describe(const PageCacheSpec& cache) {
  return FactBuilder()
      .text("policy", word(cache.policy))
      .text("page", print_binary(cache.page))
      .figure("read_ahead", cache.read_ahead)
      .figure("major_fault", cache.major_fault)
      .figure("minor_fault", cache.minor_fault)
      .text("command", print_binary(cache.command))
      .figure("read_call", cache.read_call)
      .figure("free_share", cache.free_share)
      .figure("file_floor", cache.file_floor)
      .figure("compression", cache.compression)
      .figure("decompression", cache.decompression)
      .take();
}

Facts describe(const OsSpec& os) {
  FactBuilder drivers;
  for (const auto& [backend, driver] : os.drivers) drivers.text(backend, driver);
  return FactBuilder()
      .figure("reserved", os.reserved)
      .groups("gpu_shares", groups_of(os.gpu_shares, describe_each))
      .text("raise_limit", os.raise_limit)
      .text("programs_of", os.programs_of)
      .facts("drivers", drivers.take())
      .facts("gpu_spill", os.gpu_spill ? describe(*os.gpu_spill) : Facts{})
      .facts("page_cache", os.page_cache ? describe(*os.page_cache) : Facts{})
      .take();
}

FactGroup describe(const ServingLimits& limits) {
  const bool any = limits.memory == Bytes();
  FactBuilder facts;
  if (!any) facts.quantity("memory", limits.memory);
  return {.title = any ? "any device" : "from " + print_binary(limits.memory),
          .facts = facts.words("not_on", limits.not_on)
                       .count("sequences", limits.sequences)
                       .count("step_tokens", limits.step_tokens)
                       .count_if_any("offline_step_tokens", limits.offline_step_tokens)
                       .take()};
}

Facts describe(const ServingSpec& serving) {
  return FactBuilder()
      .text("batching", word(serving.batching))
      .text("admission", word(serving.admission))
      .text("prefill", word(serving.prefill))
      .count("block_tokens", serving.block_tokens)
      .count_if_any("pass_tokens", serving.pass_tokens)
      .flag_if_set("prefix_caching", serving.prefix_caching)
      .figure("free_share", serving.free_share)
      .figure("request_overhead", if_stated(serving.request_overhead))
      .figure("token_overhead", if_stated(serving.token_overhead))
      .figure("sampling", if_stated(serving.sampling))
      .groups("limits", groups_of(serving.limits, describe_each))
      .text("source", serving.source)
      .take();
}

Facts describe(const EngineSpec& engine) {
  return FactBuilder()
      .text("version", engine.version)
      .words("os", engine.os)
      .flag_if_set("on_request", engine.on_request)
      .words("weight_families", engine.weight_families)
      .words("default_quantizations", engine.default_quantizations)
      .words("kv_formats", engine.kv_formats)
      .words_for("parallelism", engine.parallelism)
      .count("prefill_chunk", engine.prefill_chunk)
      .count("context_granule", engine.context_granule)
      .flag("window_cache", engine.window_cache)
      .flag("flash_attention", engine.flash_attention)
      .flag("logits_for_all", engine.logits_for_all)
      .flag("host_embedding", engine.host_embedding)
      .count("max_batch", engine.max_batch)
      .figure("memory_fraction", engine.memory_fraction)
      .figure("message_overhead", engine.message_overhead)
      .figure("weight_upload", engine.weight_upload)
      .words_for("collectives", engine.collectives)
      .count_if_any("direct_over_host", engine.direct_over_host)
      .number("activation_bits", engine.activation_bits)
      .number("exchange_bits", engine.exchange_bits)
      .text("expert_exchange", word(engine.expert_exchange))
      .facts("remote", engine.remote ? describe(*engine.remote) : Facts{})
      .facts("serving", describe(engine.serving))
      .text("kernels_of", engine.kernels_of)
      .words("borrowed_backends", engine.borrowed_backends)
      .text("start_command", engine.start_command)
      .text("source", engine.source)
      .groups("backends", groups_of(engine.backends, describe_each))
      .take();
}

Facts describe(const QuantizationSpec& quantization) {
  FactBuilder counterparts;
  for (const auto& [family, id] : quantization.counterparts) counterparts.text(family, id);
  return FactBuilder()
      .text("family", quantization.family)
      .facts("counterparts", counterparts.take())
      .text("default_format", quantization.default_format)
      .text("vector_format", quantization.vector_format)
      .count("quality_rank", quantization.quality_rank)
      .number("nominal", quantization.nominal_bits, Unit::bits)
      .text("recipe", quantization.recipe)
      .text("source", quantization.source)
      .flag_if_set("running_ffn_down", quantization.running_ffn_down)
      .groups("rules", groups_of(quantization.rules, describe_each))
      .take();
}

Facts describe(const ModelSpec& model) {
  FactBuilder facts;
  facts.text("family", model.family)
      .text("license", model.license)
      .text("source", model.source)
      .text("native_format", model.native_format)
      .count("hidden", model.hidden)
      .count("vocab", model.vocab)
      .count("max_context", model.max_context)
      .flag("tied_embeddings", model.tied_embeddings)
      .count("norms_per_layer", model.norms_per_layer)
      .flag_if_set("layer_norm_bias", model.layer_norm_bias)
      .count_if_any("learned_positions", model.learned_positions)
      .count_if_any("hyper_connections", model.hyper_connections)
      .flag_if_set("fused_projections", model.fused_projections)
      .count_if_any("window", model.window)
      .flag_if_set("full_size_cache", model.full_size_cache)
      .facts("attention", describe(model.attention));
  if (model.linear) facts.facts("linear", describe(*model.linear));
  if (model.ffn_width > 0) {
    facts.facts(
        "ffn", FactBuilder().count("width", model.ffn_width).flag("gated", model.gated_ffn).take());
  }
  if (model.moe) facts.facts("moe", describe(*model.moe));
  return facts.facts("layers", describe_layers(model))
      .figure("published_parameters", model.published_parameters)
      .take();
}

Facts summarize(const DeviceSpec& device) {
  FactBuilder facts;
  facts.number("bandwidth", device.memory.bandwidth.value.base(), Unit::bytes_per_second)
      .brief("fp16", best_rate(device, Precision::fp16));
  Facts rest = facts.take();
  rest.insert(rest.begin(), {"memory", memory_text(device.memory)});
  return rest;
}

Facts summarize(const SystemSpec& system) {
  FactBuilder facts;
  return facts.text("parts", parts_text(system))
      .quantity("memory", system.host.memory)
      .brief("price", system.price)
      .take();
}

Facts summarize(const ClusterSpec& cluster) {
  Words machines;
  for (const ClusterNode& node : cluster.nodes)
    machines.push_back(std::to_string(node.count) + "x " + node.system);
  Words links;
  for (const ClusterLink& link : cluster.links)
    if (!contains(links, link.link)) links.push_back(link.link);
  return FactBuilder().words("machines", machines).words("links", links).take();
}

Facts summarize(const StorageSpec& storage) {
  return FactBuilder()
      .text("interface", storage.interface)
      .number("sequential_read", storage.sequential_read.value.base(), Unit::bytes_per_second)
      .brief("read_latency", storage.read_latency)
      .take();
}

Facts summarize(const LinkSpec& link) {
  return FactBuilder()
      .text("scope", word(link.scope))
      .quantity("raw", link.raw.value)
      .quantity("reached", link.reached.value)
      .quantity("latency", link.latency.value)
      .take();
}

Facts summarize(const OsSpec& os) {
  return FactBuilder().quantity("reserved", os.reserved.value).take();
}

Facts summarize(const EngineSpec& engine) {
  Words backends;
  for (const BackendSpec& backend : engine.backends) backends.push_back(backend.id);
  return FactBuilder().words("backends", backends).words("weights", engine.weight_families).take();
}

Facts summarize(const QuantizationSpec& quantization) {
  return FactBuilder()
      .number("nominal", quantization.nominal_bits, Unit::bits)
      .text("family", quantization.family)
      .text("recipe", quantization.recipe)
      .take();
}

Facts summarize(const ModelSpec& model, double parameters) {
  FactBuilder facts;
  if (parameters > 0.0) {
    facts.number("parameters", parameters);
  } else {
    facts.unknown("parameters");
  }
  Facts result = facts.count("layers", static_cast<std::int64_t>(model.layers.size())).take();
  result.push_back({"attention", attention_text(model)});
  result.push_back({"experts", experts_text(model)});
  result.push_back({"context", static_cast<std::int64_t>(model.max_context)});
  return result;
}

}  // namespace plimsoll
