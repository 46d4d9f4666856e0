"""What happened at Hollyhock Groceries until today. Plain values; `loading.py` carries them out."""

from readiness.demo.steps import Story
from readiness.demo.story import (
    basket,
    company,
    delivery_slots,
    order_mails,
    payment_gateway,
    refunds,
    route_planner,
    shop,
)
from readiness.demo.story.platform_services import READINESS, SUPPLIER_FAX
from readiness.demo.story.stock_feed import STOCK_FEED
from readiness.demo.story.young_services import GIFT_CARDS, PICKING_LISTS, PRODUCT_SEARCH, RECIPES

STORIES: tuple[Story, ...] = (
    company.STORY,
    payment_gateway.STORY,
    shop.STORY,
    order_mails.STORY,
    STOCK_FEED,
    basket.STORY,
    refunds.STORY,
    delivery_slots.STORY,
    route_planner.STORY,
    PRODUCT_SEARCH,
    PICKING_LISTS,
    GIFT_CARDS,
    RECIPES,
    SUPPLIER_FAX,
    READINESS,
)
