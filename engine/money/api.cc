#include <algorithm>
#include <limits>
#include <tuple>

#include "base/names.h"
#include "base/quantity_text.h"
#include "money/used_price.h"

namespace plimsoll::money {

namespace {

bool is_for(const ApiOffer& offer, std::string_view model) {
  return offer.model == model || offer.id == model || fold_name(offer.name) == fold_name(model);
}

bool still_sold(const ApiOffer& offer, const std::optional<Date>& as_of) {
  if (!offer.until) return true;
  return as_of && *as_of < *offer.until;
}

double longest_prompt(const ApiOffer& offer) {
  return offer.longest_prompt.value_or(std::numeric_limits<double>::infinity());
}

// The newest first, then the step that holds the prompt most closely, then the first by id.
auto rank(const ApiOffer& offer) {
  const Date date = parse_date(offer.input.from.date).value_or(Date{});
  return std::tuple(-date.year, -date.month, -date.day, longest_prompt(offer),
                    std::string_view(offer.id));
}

struct Search {
  const ApiOffer* found = nullptr;
  bool any = false;       // of that model at all
  bool any_sold = false;  // and of that provider, still sold
};

Search search(const ApiTable& api, std::string_view model, const MonthlyLoad& load,
              const ApiRequest& request) {
  Search result;
  for (const auto& [id, offer] : api.offers) {
    if (!is_for(offer, model)) continue;
    result.any = true;
    if (!request.provider.empty() && offer.provider != request.provider) continue;
    if (!still_sold(offer, request.as_of)) continue;
    result.any_sold = true;
    if (longest_prompt(offer) < load.longest_prompt) continue;
    if (!result.found || rank(offer) < rank(*result.found)) result.found = &offer;
  }
  return result;
}

std::string why_none(const Search& search, std::string_view model, const MonthlyLoad& load,
                     const ApiRequest& request) {
  const std::string name(model);
  if (!search.any) return "no API price of " + name + " is known";
  if (search.any_sold)
    return "no API price of " + name + " for prompts of " + print_number(load.longest_prompt, 9) +
           " tokens is known";
  const std::string seller = request.provider.empty() ? "" : " by " + request.provider;
  return name + " is no longer sold" + seller + " at a price that is known";
}

UsedPrice token_price(const ApiOffer& offer, const char* what,
                      const Figure<DollarsPerToken>& figure) {
  return used_price(offer.name + " " + what + ", " + offer.provider, figure, tokens_per_mtok,
                    "USD/Mtok");
}

}  // namespace

Answer<ApiCost> cost_of_api(const PriceBook& book, std::string_view model_id,
                            const MonthlyLoad& load, const ApiRequest& request) {
  const Search result = search(book.api, model_id, load, request);
  if (!result.found) return Answer<ApiCost>::unknown(why_none(result, model_id, load, request));
  const ApiOffer& offer = *result.found;
  ApiCost cost{.offer = offer.id, .provider = offer.provider};

  const auto charge = [&](const char* what, const Figure<DollarsPerToken>& figure, double tokens) {
    const UsedPrice price = token_price(offer, what, figure);
    cost.prices.push_back(price);
    cost.monthly += amount_of(price) * (tokens / tokens_per_mtok);
  };
  const bool cached_price = offer.cached_input.has_value();
  charge("input", offer.input, cached_price ? load.input - load.cached : load.input);
  charge("output", offer.output, load.output);
  if (cached_price) charge("cached input", *offer.cached_input, load.cached);
  if (!cached_price && load.cached > 0.0)
    cost.notes.push_back("no price of cached input is known: it counts as input");

  if (request.batch) {
    const auto discount = book.api.batch_discounts.find(offer.provider);
    if (discount != book.api.batch_discounts.end()) {
      cost.prices.push_back(
          used_price("batch discount, " + offer.provider, discount->second, 1.0, {}));
      cost.monthly *= 1.0 - discount->second.value;
    } else {
      cost.notes.push_back("no batch discount of " + offer.provider + " is known");
    }
  }
  cost.usd_per_month = cost.monthly.estimate();
  cost.usd_per_million_output_tokens = per_million(cost.monthly, load.output);
  cost.usd_per_million_tokens = per_million(cost.monthly, load.input + load.output);
  cost.cash = {.name = offer.name + " by the token",
               .upfront = {},
               .per_month = cost.monthly,
               .life_months = {}};
  return Answer<ApiCost>::known(std::move(cost));
}

}  // namespace plimsoll::money
