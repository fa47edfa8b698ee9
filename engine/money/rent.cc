#include <algorithm>
#include <tuple>

#include "base/contains.h"
#include "catalog/words.h"
#include "money/used_price.h"

namespace plimsoll::money {

namespace {

bool is_for(const RentOffer& offer, std::string_view device) {
  return contains(offer.devices, device);
}

Date date_of(const Provenance& from) {
  return parse_date(from.date).value_or(Date{});
}

// What says more about the usual price stands first: a planning value, an index, a class of
// providers (specialists first, who lie in the middle), one provider. Among equals the newest, then
// the first by id.
auto rank(const RentOffer& offer, const std::optional<ProviderClass>& asked) {
  const bool of_class = offer.provider_name.empty() && offer.provider.has_value();
  const bool middle = of_class && *offer.provider == ProviderClass::specialist;
  int group = 4;
  if (offer.terms == RentTerms::planning) group = 0;
  if (offer.terms == RentTerms::index) group = 1;
  if (of_class) group = asked || middle ? 2 : 3;
  const Date date = date_of(offer.price.from);
  return std::tuple(group, -date.year, -date.month, -date.day, std::string_view(offer.id));
}

// A price on demand, or a middle over such prices.
bool on_demand(RentTerms terms) {
  return terms != RentTerms::reserved && terms != RentTerms::spot;
}

// The best offer of these terms (all kinds of on-demand prices count as one), or null.
const RentOffer* best_offer(const RentTable& rent, std::string_view device,
                            const std::optional<ProviderClass>& provider, RentTerms terms) {
  const RentOffer* best = nullptr;
  for (const auto& [id, offer] : rent.offers) {
    const bool same_terms = on_demand(terms) ? on_demand(offer.terms) : offer.terms == terms;
    if (!same_terms || !is_for(offer, device)) continue;
    if (provider && offer.provider != provider) continue;
    if (!best || rank(offer, provider) < rank(*best, provider)) best = &offer;
  }
  return best;
}

std::string describe(const RentOffer& offer, std::string_view device) {
  std::string text = "rent of " + std::string(device);
  if (!offer.provider_name.empty()) {
    text += ", " + offer.provider_name;
  } else if (offer.provider) {
    text += ", " + std::string(word(*offer.provider));
  }
  return text + ", " + std::string(word(offer.terms));
}

UsedPrice used_offer(const RentOffer& offer, std::string_view device) {
  return used_price(describe(offer, device), offer.price, seconds_per_hour, "USD/h");
}

// What is left of a price after a discount; the ends of the interval swap.
Estimate share_left(const Figure<double>& discount) {
  const Estimate taken = estimate_of(discount);
  return {1.0 - taken.value, 1.0 - taken.high, 1.0 - taken.low};
}

UsedPrice discounted(UsedPrice price, const Figure<double>& discount, RentTerms terms) {
  const Amount left = Amount::of(std::string(word(terms)) + " share", share_left(discount));
  price.value = (amount_of(price) * left).estimate();
  price.what += ", less the " + std::string(word(terms)) + " discount";
  price.source += "; discount " + discount.from.source;
  price.confidence = std::max(price.confidence, discount.from.confidence);  // the lower one
  return price;
}

const std::optional<Figure<double>>& discount_of(const RentTable& rent, RentTerms terms) {
  return terms == RentTerms::spot ? rent.spot_discount : rent.reservation_discount;
}

std::string no_offer(std::string_view device, const RentRequest& request) {
  std::string text = "no rent of " + std::string(device) + " is known";
  if (request.provider) text += " from providers of class " + std::string(word(*request.provider));
  return text;
}

}  // namespace

Answer<UsedPrice> rent_price(const PriceBook& book, std::string_view device_id,
                             const RentRequest& request) {
  if (!on_demand(request.terms)) {
    if (const auto* own = best_offer(book.rent, device_id, request.provider, request.terms))
      return Answer<UsedPrice>::known(used_offer(*own, device_id));
  }
  const RentOffer* offer = best_offer(book.rent, device_id, request.provider, RentTerms::on_demand);
  if (!offer) return Answer<UsedPrice>::unknown(no_offer(device_id, request));
  UsedPrice price = used_offer(*offer, device_id);
  if (on_demand(request.terms)) return Answer<UsedPrice>::known(std::move(price));
  const auto& discount = discount_of(book.rent, request.terms);
  if (!discount) {
    return Answer<UsedPrice>::unknown("no " + std::string(word(request.terms)) + " price of " +
                                      std::string(device_id) + " is known");
  }
  return Answer<UsedPrice>::known(discounted(std::move(price), *discount, request.terms));
}

Answer<RentCost> cost_of_renting(const PriceBook& book, std::string_view device_id,
                                 const RentRequest& request, const MonthlyLoad& load,
                                 const ServiceRate& rate) {
  Answer<UsedPrice> price = rent_price(book, device_id, request);
  if (!price) return Answer<RentCost>::unknown(price.why_not);
  const std::string rented = std::to_string(request.gpus) + "x " + std::string(device_id);
  const Amount busy = busy_seconds(load, rate, "rented " + rented);
  const double busy_share = busy.median() / seconds_per_month;
  if (overloads(busy_share, 1)) return Answer<RentCost>::unknown(overload(busy_share, 1));

  const Amount hours = request.all_month ? Amount(hours_per_month) : busy / seconds_per_hour;
  const Amount gpu_bill = amount_of(*price) * static_cast<double>(request.gpus) * hours;
  RentCost cost{.gpus = request.gpus};
  cost.prices = {*price};
  cost.monthly = gpu_bill;
  if (book.rent.gpu_share_of_bill) {
    const UsedPrice share =
        used_price("GPU share of the bill", *book.rent.gpu_share_of_bill, 1.0, {});
    cost.monthly /= amount_of(share);
    cost.prices.push_back(share);
  } else {
    cost.notes.push_back("egress, storage and management are not known and not counted");
  }
  cost.hours_per_month = hours.estimate();
  cost.gpu_usd_per_month = gpu_bill.estimate();
  cost.usd_per_month = cost.monthly.estimate();
  cost.usd_per_hour = (cost.monthly / hours_per_month).estimate();
  cost.usd_per_million_output_tokens = per_million(cost.monthly, load.output);
  cost.usd_per_million_tokens = per_million(cost.monthly, load.input + load.output);
  cost.cash = {
      .name = "renting " + rented, .upfront = {}, .per_month = cost.monthly, .life_months = {}};
  return Answer<RentCost>::known(std::move(cost));
}

}  // namespace plimsoll::money
