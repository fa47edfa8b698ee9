// How files and reports spell the catalogue's enumerations: one table per enumeration, for both
// directions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "catalog/catalog.h"
#include "config/fields.h"

namespace plimsoll {

// All words of an enumeration, in the order in which messages list them; there is one for every
// enumeration of this room's headers.
template <class E>
std::span<const field::Word<E>> words_of() = delete;

template <>
std::span<const field::Word<EntryKind>> words_of<EntryKind>();
template <>
std::span<const field::Word<FigureStatus>> words_of<FigureStatus>();
template <>
std::span<const field::Word<Confidence>> words_of<Confidence>();
template <>
std::span<const field::Word<UnitKind>> words_of<UnitKind>();
template <>
std::span<const field::Word<Precision>> words_of<Precision>();
template <>
std::span<const field::Word<DeviceForm>> words_of<DeviceForm>();
template <>
std::span<const field::Word<LinkScope>> words_of<LinkScope>();
template <>
std::span<const field::Word<LinkMedium>> words_of<LinkMedium>();
template <>
std::span<const field::Word<Topology>> words_of<Topology>();
template <>
std::span<const field::Word<Fusion>> words_of<Fusion>();
template <>
std::span<const field::Word<Parallelism>> words_of<Parallelism>();
template <>
std::span<const field::Word<CollectiveAlgorithm>> words_of<CollectiveAlgorithm>();
template <>
std::span<const field::Word<ExpertExchange>> words_of<ExpertExchange>();
template <>
std::span<const field::Word<TensorClass>> words_of<TensorClass>();
template <>
std::span<const field::Word<AttentionKind>> words_of<AttentionKind>();
template <>
std::span<const field::Word<QkNorm>> words_of<QkNorm>();
template <>
std::span<const field::Word<LayerAttention>> words_of<LayerAttention>();
template <>
std::span<const field::Word<LayerFfn>> words_of<LayerFfn>();

template <>
std::span<const field::Word<ProviderClass>> words_of<ProviderClass>();
template <>
std::span<const field::Word<RentTerms>> words_of<RentTerms>();
template <>
std::span<const field::Word<ElectricityClass>> words_of<ElectricityClass>();

template <>
std::span<const field::Word<ReplacementKind>> words_of<ReplacementKind>();
template <>
std::span<const field::Word<ReadAccess>> words_of<ReadAccess>();
template <>
std::span<const field::Word<WeightMemory>> words_of<WeightMemory>();
template <>
std::span<const field::Word<LayerPart>> words_of<LayerPart>();
template <>
std::span<const field::Word<PrefillKind>> words_of<PrefillKind>();
template <>
std::span<const field::Word<DraftKind>> words_of<DraftKind>();

template <>
std::span<const field::Word<Batching>> words_of<Batching>();
template <>
std::span<const field::Word<Admission>> words_of<Admission>();
template <>
std::span<const field::Word<PrefillHabit>> words_of<PrefillHabit>();

template <class E>
std::string_view word(E value) {
  for (const field::Word<E>& entry : words_of<E>()) {
    if (entry.value == value) return entry.word;
  }
  return "?";
}

}  // namespace plimsoll
