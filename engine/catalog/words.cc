#include "catalog/words.h"

#include <array>

namespace plimsoll {

template <>
std::span<const field::Word<EntryKind>> words_of<EntryKind>() {
  static constexpr auto words = std::to_array<field::Word<EntryKind>>({
      {"device", EntryKind::device},
      {"system", EntryKind::system},
      {"cluster", EntryKind::cluster},
      {"storage", EntryKind::storage},
      {"link", EntryKind::link},
      {"os", EntryKind::os},
      {"engine", EntryKind::engine},
      {"quantization", EntryKind::quantization},
      {"model", EntryKind::model},
  });
  return words;
}

template <>
std::span<const field::Word<FigureStatus>> words_of<FigureStatus>() {
  static constexpr auto words = std::to_array<field::Word<FigureStatus>>({
      {"datasheet", FigureStatus::datasheet},
      {"measured", FigureStatus::measured},
      {"fitted", FigureStatus::fitted},
      {"claimed", FigureStatus::claimed},
  });
  return words;
}

template <>
std::span<const field::Word<Confidence>> words_of<Confidence>() {
  static constexpr auto words = std::to_array<field::Word<Confidence>>({
      {"high", Confidence::high},
      {"medium", Confidence::medium},
      {"low", Confidence::low},
  });
  return words;
}

template <>
std::span<const field::Word<UnitKind>> words_of<UnitKind>() {
  static constexpr auto words = std::to_array<field::Word<UnitKind>>({
      {"gpu", UnitKind::gpu},
      {"cpu", UnitKind::cpu},
      {"npu", UnitKind::npu},
  });
  return words;
}

template <>
std::span<const field::Word<Precision>> words_of<Precision>() {
  static constexpr auto words = std::to_array<field::Word<Precision>>({
      {"fp32", Precision::fp32},
      {"fp16", Precision::fp16},
      {"fp16_acc16", Precision::fp16_acc16},
      {"fp8", Precision::fp8},
      {"int8", Precision::int8},
      {"fp4", Precision::fp4},
      {"int4", Precision::int4},
  });
  return words;
}

template <>
std::span<const field::Word<DeviceForm>> words_of<DeviceForm>() {
  static constexpr auto words = std::to_array<field::Word<DeviceForm>>({
      {"card", DeviceForm::card},
      {"soc", DeviceForm::soc},
      {"cpu", DeviceForm::cpu},
  });
  return words;
}

template <>
std::span<const field::Word<LinkScope>> words_of<LinkScope>() {
  static constexpr auto words = std::to_array<field::Word<LinkScope>>({
      {"inside_host", LinkScope::inside_host},
      {"between_hosts", LinkScope::between_hosts},
  });
  return words;
}

template <>
std::span<const field::Word<LinkMedium>> words_of<LinkMedium>() {
  static constexpr auto words = std::to_array<field::Word<LinkMedium>>({
      {"switched", LinkMedium::switched},
      {"cable", LinkMedium::cable},
  });
  return words;
}

template <>
std::span<const field::Word<Topology>> words_of<Topology>() {
  static constexpr auto words = std::to_array<field::Word<Topology>>({
      {"star", Topology::star},
      {"chain", Topology::chain},
      {"ring", Topology::ring},
      {"mesh", Topology::mesh},
  });
  return words;
}

template <>
std::span<const field::Word<Fusion>> words_of<Fusion>() {
  static constexpr auto words = std::to_array<field::Word<Fusion>>({
      {"qkv", Fusion::qkv},
      {"gate_up", Fusion::gate_up},
      {"activation", Fusion::activation},
      {"rope_cache", Fusion::rope_cache},
      {"norm", Fusion::norm},
      {"residual", Fusion::residual},
      {"expert_choice", Fusion::expert_choice},
      {"expert_mix", Fusion::expert_mix},
      {"quantize", Fusion::quantize},
  });
  return words;
}

template <>
std::span<const field::Word<Parallelism>> words_of<Parallelism>() {
  static constexpr auto words = std::to_array<field::Word<Parallelism>>({
      {"layer_split", Parallelism::layer_split},
      {"row_split", Parallelism::row_split},
      {"tensor_parallel", Parallelism::tensor_parallel},
      {"pipeline_parallel", Parallelism::pipeline_parallel},
      {"expert_parallel", Parallelism::expert_parallel},
      {"data_parallel", Parallelism::data_parallel},
      {"cpu_layers", Parallelism::cpu_layers},
      {"cpu_experts", Parallelism::cpu_experts},
  });
  return words;
}

template <>
std::span<const field::Word<CollectiveAlgorithm>> words_of<CollectiveAlgorithm>() {
  static constexpr auto words = std::to_array<field::Word<CollectiveAlgorithm>>({
      {"ring", CollectiveAlgorithm::ring},
      {"tree", CollectiveAlgorithm::tree},
      {"direct", CollectiveAlgorithm::direct},
      {"two_level", CollectiveAlgorithm::two_level},
      {"star", CollectiveAlgorithm::star},
  });
  return words;
}

template <>
std::span<const field::Word<ExpertExchange>> words_of<ExpertExchange>() {
  static constexpr auto words = std::to_array<field::Word<ExpertExchange>>({
      {"gather", ExpertExchange::gather},
      {"all_to_all", ExpertExchange::all_to_all},
  });
  return words;
}

template <>
std::span<const field::Word<TensorClass>> words_of<TensorClass>() {
  static constexpr auto words = std::to_array<field::Word<TensorClass>>({
      {"token_embedding", TensorClass::token_embedding},
      {"output", TensorClass::output},
      {"attention_q", TensorClass::attention_q},
      {"attention_k", TensorClass::attention_k},
      {"attention_v", TensorClass::attention_v},
      {"attention_output", TensorClass::attention_output},
      {"attention_other", TensorClass::attention_other},
      {"ffn_gate", TensorClass::ffn_gate},
      {"ffn_up", TensorClass::ffn_up},
      {"ffn_down", TensorClass::ffn_down},
      {"norm", TensorClass::norm},
      {"router", TensorClass::router},
      {"bias", TensorClass::bias},
      {"convolution", TensorClass::convolution},
      {"state", TensorClass::state},
      {"indexer", TensorClass::indexer},
  });
  return words;
}

template <>
std::span<const field::Word<AttentionKind>> words_of<AttentionKind>() {
  static constexpr auto words = std::to_array<field::Word<AttentionKind>>({
      {"gqa", AttentionKind::gqa},
      {"mla", AttentionKind::mla},
      {"compressed", AttentionKind::compressed},
  });
  return words;
}

template <>
std::span<const field::Word<QkNorm>> words_of<QkNorm>() {
  static constexpr auto words = std::to_array<field::Word<QkNorm>>({
      {"none", QkNorm::none},
      {"per_head", QkNorm::per_head},
      {"full_width", QkNorm::full_width},
  });
  return words;
}

template <>
std::span<const field::Word<LayerAttention>> words_of<LayerAttention>() {
  static constexpr auto words = std::to_array<field::Word<LayerAttention>>({
      {"full", LayerAttention::full},
      {"windowed", LayerAttention::windowed},
      {"linear", LayerAttention::linear},
      {"compressed_sparse", LayerAttention::compressed_sparse},
      {"heavily_compressed", LayerAttention::heavily_compressed},
  });
  return words;
}

template <>
std::span<const field::Word<LayerFfn>> words_of<LayerFfn>() {
  static constexpr auto words = std::to_array<field::Word<LayerFfn>>({
      {"dense", LayerFfn::dense},
      {"moe", LayerFfn::moe},
  });
  return words;
}

template <>
std::span<const field::Word<ProviderClass>> words_of<ProviderClass>() {
  static constexpr auto words = std::to_array<field::Word<ProviderClass>>({
      {"hyperscaler", ProviderClass::hyperscaler},
      {"specialist", ProviderClass::specialist},
      {"long_tail", ProviderClass::long_tail},
  });
  return words;
}

template <>
std::span<const field::Word<RentTerms>> words_of<RentTerms>() {
  static constexpr auto words = std::to_array<field::Word<RentTerms>>({
      {"on_demand", RentTerms::on_demand},
      {"reserved", RentTerms::reserved},
      {"spot", RentTerms::spot},
      {"index", RentTerms::index},
      {"planning", RentTerms::planning},
  });
  return words;
}

template <>
std::span<const field::Word<ElectricityClass>> words_of<ElectricityClass>() {
  static constexpr auto words = std::to_array<field::Word<ElectricityClass>>({
      {"residential", ElectricityClass::residential},
      {"commercial", ElectricityClass::commercial},
      {"industrial", ElectricityClass::industrial},
      {"non_household", ElectricityClass::non_household},
      {"all_sectors", ElectricityClass::all_sectors},
  });
  return words;
}

template <>
std::span<const field::Word<ReplacementKind>> words_of<ReplacementKind>() {
  static constexpr auto words = std::to_array<field::Word<ReplacementKind>>({
      {"none", ReplacementKind::none},
      {"lru", ReplacementKind::lru},
      {"two_list", ReplacementKind::two_list},
      {"clock_pro", ReplacementKind::clock_pro},
      {"lfu", ReplacementKind::lfu},
      {"pinned", ReplacementKind::pinned},
  });
  return words;
}

template <>
std::span<const field::Word<ReadAccess>> words_of<ReadAccess>() {
  static constexpr auto words = std::to_array<field::Word<ReadAccess>>({
      {"pread", ReadAccess::pread},
      {"parallel_pread", ReadAccess::parallel_pread},
      {"direct", ReadAccess::direct},
      {"mmap", ReadAccess::mmap},
  });
  return words;
}

template <>
std::span<const field::Word<WeightMemory>> words_of<WeightMemory>() {
  static constexpr auto words = std::to_array<field::Word<WeightMemory>>({
      {"mapped", WeightMemory::mapped},
      {"anonymous", WeightMemory::anonymous},
      {"wired", WeightMemory::wired},
  });
  return words;
}

template <>
std::span<const field::Word<LayerPart>> words_of<LayerPart>() {
  static constexpr auto words = std::to_array<field::Word<LayerPart>>({
      {"attention", LayerPart::attention},
      {"router", LayerPart::router},
      {"experts", LayerPart::experts},
  });
  return words;
}

template <>
std::span<const field::Word<PrefillKind>> words_of<PrefillKind>() {
  static constexpr auto words = std::to_array<field::Word<PrefillKind>>({
      {"token_by_token", PrefillKind::token_by_token},
      {"layer_by_layer", PrefillKind::layer_by_layer},
  });
  return words;
}

template <>
std::span<const field::Word<DraftKind>> words_of<DraftKind>() {
  static constexpr auto words = std::to_array<field::Word<DraftKind>>({
      {"model", DraftKind::model},
      {"mtp", DraftKind::mtp},
      {"eagle", DraftKind::eagle},
      {"ngram", DraftKind::ngram},
  });
  return words;
}

template <>
std::span<const field::Word<Batching>> words_of<Batching>() {
  static constexpr auto words = std::to_array<field::Word<Batching>>({
      {"continuous", Batching::continuous},
      {"slots", Batching::fixed_slots},
      {"static", Batching::static_batch},
  });
  return words;
}

template <>
std::span<const field::Word<Admission>> words_of<Admission>() {
  static constexpr auto words = std::to_array<field::Word<Admission>>({
      {"chunk", Admission::chunk},
      {"prompt", Admission::prompt},
      {"request", Admission::request},
  });
  return words;
}

template <>
std::span<const field::Word<PrefillHabit>> words_of<PrefillHabit>() {
  static constexpr auto words = std::to_array<field::Word<PrefillHabit>>({
      {"chunked", PrefillHabit::chunked},
      {"whole", PrefillHabit::whole},
      {"alone", PrefillHabit::alone},
  });
  return words;
}

}  // namespace plimsoll
