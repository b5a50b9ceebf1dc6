"""Who acts as one, and are they harvesting? Links to groups, two questions to each group, a verdict, roles."""

from stillwatch.campaigns.stage import Assessment, CampaignOptions, Judged, assess_campaigns
from stillwatch.campaigns.verdict import level_at

__all__ = ["Assessment", "CampaignOptions", "Judged", "assess_campaigns", "level_at"]
