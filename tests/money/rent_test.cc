#include "small_book.h"

namespace plimsoll::money {
namespace {

RentOffer offer(const std::string& id, double usd, std::optional<ProviderClass> provider,
                const std::string& name, RentTerms terms, const std::string& date = "2026-05") {
  return {.id = id,
          .devices = {"card"},
          .provider = provider,
          .provider_name = name,
          .terms = terms,
          .price = exactly(usd_per_hour(usd), date)};
}

PriceBook book_of(const std::vector<RentOffer>& offers) {
  PriceBook book;
  for (const RentOffer& each : offers) book.rent.offers[each.id] = each;
  return book;
}

double price_of(const PriceBook& book, const RentRequest& request) {
  const auto price = rent_price(book, "card", request);
  REQUIRE(price);
  return price->value.value;
}

const RentOffer big = offer("big", 4, ProviderClass::hyperscaler, "", RentTerms::on_demand);
const RentOffer middle = offer("middle", 3, ProviderClass::specialist, "", RentTerms::on_demand);
const RentOffer named =
    offer("named", 2.5, ProviderClass::specialist, "Acme", RentTerms::on_demand, "2026-06");
const RentOffer older =
    offer("older", 2.2, ProviderClass::specialist, "Bolt", RentTerms::on_demand, "2025");
const RentOffer index = offer("index", 2.9, {}, "", RentTerms::index);
const RentOffer planning = offer("planning", 2.7, {}, "", RentTerms::planning);

TEST_CASE("the price that says most about the usual one is taken", "[money]") {
  CHECK(price_of(book_of({older}), {}) == Approx(2.2));
  CHECK(price_of(book_of({older, named}), {}) == Approx(2.5));  // the newer one
  CHECK(price_of(book_of({older, named, big}), {}) == Approx(4));
  CHECK(price_of(book_of({older, named, big, middle}), {}) == Approx(3));
  CHECK(price_of(book_of({older, named, big, middle, index}), {}) == Approx(2.9));
  CHECK(price_of(book_of({older, named, big, middle, index, planning}), {}) == Approx(2.7));
}

TEST_CASE("a class of providers is asked for", "[money]") {
  const PriceBook book = book_of({older, named, big, middle, index, planning});
  CHECK(price_of(book, {.provider = ProviderClass::hyperscaler}) == Approx(4));
  CHECK(price_of(book, {.provider = ProviderClass::specialist}) == Approx(3));
  CHECK(price_of(book_of({older, named, index}), {.provider = ProviderClass::specialist}) ==
        Approx(2.5));
  CHECK(rent_price(book, "card", {.provider = ProviderClass::long_tail}).why_not ==
        "no rent of card is known from providers of class long_tail");
  CHECK(rent_price(book, "other", {}).why_not == "no rent of other is known");
}

TEST_CASE("reservation: its own price, else the discount", "[money]") {
  PriceBook book = book_of({middle});
  const RentRequest reserved{.provider = {}, .terms = RentTerms::reserved};
  CHECK(rent_price(book, "card", reserved).why_not == "no reserved price of card is known");
  book.rent.reservation_discount = between(0.3, 0.4, 0.5);
  const auto discounted = rent_price(book, "card", reserved);
  REQUIRE(discounted);
  CHECK(discounted->value.value == Approx(1.8));
  // 30 to 50 % off leave 50 to 70 %: as wide as that in the logarithm.
  CHECK(discounted->value.high / discounted->value.low == Approx(0.7 / 0.5));
  CHECK(discounted->what == "rent of card, specialist, on_demand, less the reserved discount");
  book.rent.offers["contract"] = offer("contract", 2.35, {}, "", RentTerms::reserved);
  CHECK(price_of(book, reserved) == Approx(2.35));
}

TEST_CASE("the bill is the GPU rate over its share", "[money]") {
  PriceBook book = book_of({middle});
  book.rent.gpu_share_of_bill = exactly(0.6);
  const ServiceRate rate = rate_of(10000, 1500);
  const MonthlyLoad load = load_at(rate, 1, 1.0);
  const auto cost = cost_of_renting(book, "card", {.gpus = 2, .provider = {}}, load, rate);
  REQUIRE(cost);
  CHECK(cost->gpu_usd_per_month.value == Approx(2 * 3 * 730.5));
  CHECK(cost->usd_per_month.value == Approx(2 * 3 * 730.5 / 0.6));
  CHECK(cost->usd_per_hour.value == Approx(2 * 3 / 0.6));
  // Per million tokens as the bare formula says of 10 USD/h.
  CHECK(cost->usd_per_million_output_tokens->value ==
        Approx(rent_usd_per_million_tokens(Estimate::exact(10), Estimate::exact(1500)).value));
  CHECK(cost->cash.upfront.is_zero());
  CHECK(cost->prices.size() == 2);
  CHECK(cost->notes.empty());
}

TEST_CASE("hours that are paid: all, or those that are busy", "[money]") {
  const PriceBook book = book_of({middle});
  const ServiceRate rate = rate_of(10000, 1500);
  const MonthlyLoad load = load_at(rate, 1, 0.1);
  const auto all = cost_of_renting(book, "card", {.provider = {}}, load, rate);
  const auto busy = cost_of_renting(book, "card", {.provider = {}, .all_month = false}, load, rate);
  REQUIRE(all);
  REQUIRE(busy);
  CHECK(all->hours_per_month.value == Approx(730.5));
  CHECK(busy->hours_per_month.value == Approx(73.05));
  CHECK(all->usd_per_month.value == Approx(10 * busy->usd_per_month.value));
  CHECK(all->notes.size() == 1);  // the rest of the bill is not known here
}

TEST_CASE("what cannot be rented", "[money]") {
  const PriceBook book = book_of({middle});
  const ServiceRate rate = rate_of(10000, 1500);
  CHECK(cost_of_renting(book, "other", {.provider = {}}, {}, rate).why_not ==
        "no rent of other is known");
  CHECK(cost_of_renting(book, "card", {.provider = {}}, load_at(rate, 2, 0.6), rate).why_not ==
        "the load keeps 1.2 machines of this kind busy, and there is 1");
}

}  // namespace
}  // namespace plimsoll::money
