"""The raw contract: one class per raw table; the loader checks records by it, the tables are made from it."""

from warehouse.raw.bank import Account, ProductHolding, Region, Transaction
from warehouse.raw.marketing import AdSpend, CampaignContact
from warehouse.raw.record import EARLIEST, GREATEST, LATEST, Record
from warehouse.raw.shop import Customer, EmailEvent, Event, OrderLine, Post, Product

OF_SHOP = (Product, Customer, Event, OrderLine, EmailEvent, Post)
OF_BANK = (Account, Transaction, ProductHolding, Region)
OF_MARKETING = (AdSpend, CampaignContact)
CONTRACTS = {contract.table: contract for contract in (*OF_SHOP, *OF_BANK, *OF_MARKETING)}

__all__ = ["CONTRACTS", "EARLIEST", "GREATEST", "LATEST", "Record", *(one.__name__ for one in CONTRACTS.values())]
