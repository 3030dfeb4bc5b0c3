# Writes the golden files beside this script: spells with delayed entry from R survival's own data sets, and what R makes of them.
# Run as: Rscript delayed_entry.R   (R 4.2.2, survival 3.5.3)
library(survival)

spells <- list(
  # Stanford heart transplants: start-stop rows, some times fractional; by transplant status
  heart = data.frame(group = as.character(heart$transplant), entry = heart$start, exit = heart$stop, event = heart$event),
  # monoclonal gammopathy, on the scale of age in months: everyone enters late; by sex
  mgus2 = with(subset(mgus2, futime > 0), data.frame(
    group = as.character(sex), entry = 12 * age, exit = 12 * age + futime, event = death)),
  # primary biliary cholangitis, on the scale of age in days; transplant is censored; by sex
  pbc = with(pbc, data.frame(
    group = as.character(sex), entry = round(365.25 * age), exit = round(365.25 * age) + time, event = as.integer(status == 2))),
  # lung cancer in days, with entries made up from the row number; many ties of entry and event; by ECOG score
  lung = with(subset(data.frame(lung, late = (37 * seq_len(nrow(lung))) %% 180), late < time & !is.na(ph.ecog)), data.frame(
    group = as.character(ph.ecog), entry = late, exit = time, event = as.integer(status == 2))),
  # veterans' lung cancer, nobody late; by cell type
  veteran = with(veteran, data.frame(group = as.character(celltype), entry = 0, exit = time, event = status))
)
horizon <- c(heart = 365, mgus2 = 1080, pbc = 25000, lung = 300, veteran = 100)
start <- c(heart = 30, mgus2 = 780, pbc = 14000, lung = 100, veteran = 50)

digits <- function(frame) {
  for (column in names(frame)) if (is.numeric(frame[[column]])) frame[[column]] <- ifelse(is.na(frame[[column]]), "", sprintf("%.15g", frame[[column]]))
  frame
}
curve_of <- function(fit, name, kind, group) {
  data.frame(data = name, kind = kind, group = group, time = fit$time, at_risk = fit$n.risk, left = fit$n.event, censored = fit$n.censor,
             value = fit$surv, standard_error = ifelse(fit$surv > 0, fit$surv * fit$std.err, NA), lower = fit$lower, upper = fit$upper)
}
curves <- summaries <- all_spells <- NULL
for (name in names(spells)) {
  frame <- spells[[name]]
  frame$weight <- 1 + (seq_len(nrow(frame)) %% 4) / 4
  all_spells <- rbind(all_spells, data.frame(data = name, frame))
  for (group in sort(unique(frame$group))) {
    rows <- frame[frame$group == group, ]
    surv <- Surv(rows$entry, rows$exit, rows$event)
    whole <- survfit(surv ~ 1, conf.type = "log-log")
    from <- survfit(surv ~ 1, conf.type = "log-log", start.time = start[[name]])
    curves <- rbind(curves, curve_of(whole, name, "whole", group))
    if (name %in% c("heart", "lung")) {
      weighted <- survfit(surv ~ 1, conf.type = "log-log", weights = rows$weight, robust = FALSE)
      curves <- rbind(curves, curve_of(weighted, name, "weighted", group))
    }
    if (name != "mgus2") curves <- rbind(curves, curve_of(from, name, "conditional", group))
    middle <- quantile(whole, 0.5)
    table <- summary(whole, rmean = horizon[[name]])$table
    summaries <- rbind(summaries, data.frame(
      data = name, group = group, median = middle$quantile, lower = middle$lower, upper = middle$upper,
      horizon = horizon[[name]], restricted_mean = table[["rmean"]], restricted_mean_error = table[["se(rmean)"]],
      start = start[[name]]))
  }
}
put <- function(frame, file) write.csv(digits(frame), file, row.names = FALSE, quote = FALSE)
put(all_spells, "delayed_entry_spells.csv")
put(curves, "delayed_entry_curves.csv")
put(summaries, "delayed_entry_summaries.csv")
